"""The tests. Folders mirror the packages; what many tests share is in `helpers`."""
