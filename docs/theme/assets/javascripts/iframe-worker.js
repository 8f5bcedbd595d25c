// Browsers start no worker from a disk: there, the search of this site runs in a frame that passes for one.
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    #waiting = [];
    #frame = document.createElement("iframe");

    constructor(url) {
      super();
      this.#frame.hidden = true;
      document.body.append(this.#frame);
      const inside = this.#frame.contentWindow;
      const load = address => new Promise((loaded, failed) => {
        const script = inside.document.createElement("script");
        Object.assign(script, {src: address, onload: loaded, onerror: failed});
        inside.document.head.append(script);
      });
      const base = new URL(url, document.baseURI);
      inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", {data}));
      inside.importScripts = (...urls) => urls.reduce(
        (before, one) => before.then(() => load(new URL(one, base))), Promise.resolve());
      load(base).then(() => {
        const waiting = this.#waiting;
        this.#waiting = null;
        waiting.forEach(data => this.postMessage(data));
      });
    }

    postMessage(data) {
      if (this.#waiting) this.#waiting.push(data);
      else this.#frame.contentWindow.dispatchEvent(new MessageEvent("message", {data}));
    }

    terminate() {
      this.#frame.remove();
    }
  };
}
