"""Each module makes one page of docs/ from the code, by its `markdown()`."""
