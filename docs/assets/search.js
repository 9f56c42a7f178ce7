/* Material asks for the whole search index on every page. Here the request waits until somebody means to search: it is
   most of what a page would weigh. Runs before Material's own script, and hides nothing: the search says that it is
   starting until the index is there, as on any slow line. */
{
  const wanted = new Promise((resolve) => {
    const begin = (event) => event.target.closest?.("[data-md-component='search'], [for='__search'], #__search") && resolve();
    for (const kind of ["focusin", "change", "pointerdown"]) document.addEventListener(kind, begin);
    if (new URLSearchParams(location.search).has("q")) resolve();
  });
  const Plain = globalThis.XMLHttpRequest;
  globalThis.XMLHttpRequest = class extends Plain {
    open(method, url, ...rest) {
      this.waits = new URL(url, document.baseURI).pathname.endsWith("/search/search_index.json");
      super.open(method, url, ...rest);
    }
    send(body) {
      this.waits ? wanted.then(() => super.send(body)) : super.send(body);
    }
  };
}
