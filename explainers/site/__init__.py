"""Pages, their templates, the files that live experiments read, and MkDocs: everything into `site/`."""
