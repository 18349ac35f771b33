// The first script of every page. It starts the program (`src/lib.rs`). Where that fails, or the program ends later, it gives the page back
// to the browser: links and forms work as without script (decision 44).
const lastmile = (() => {
  // Each kind of event that the program or `pre_hydration.js` handles.
  const HANDLED =
    'beforeunload cancel change click close dragstart focus focusin input keydown lostpointercapture pointerdown pointermove pointerover pointerup popstate scroll submit visibilitychange';
  // HTML that hydration does not walk through.
  const BLOCKS = '#list-content, #board-filters, #search-hint, #deferred-styles, #list-title';
  const here = () => location.pathname + location.search;
  let program;
  let isRunning = false;
  let isPlain = false;
  let isUsed = false;
  // What the program has drawn stands in it.
  let root;
  let address;
  let change;

  // Before all other listeners.
  const first = (event) => {
    isUsed ||= event.isTrusted && ['input', 'keydown', 'pointerdown'].includes(event.type);
    if (!isPlain) return;
    event.stopImmediatePropagation();
    // What the program has put into the history are addresses, not pages.
    if (event.type === 'popstate' && here() !== address) location.reload();
  };
  for (const type of HANDLED.split(' ')) addEventListener(type, first, true);

  // A program that has ended by itself throws what it was doing.
  addEventListener('error', ({ error, message }) => {
    if (error?.name === 'RuntimeError') fail(message);
  });

  // What an extension or a translator has taken out of the page, or put between its elements. What the parser adds, and what is added at the end
  // of an element, has nothing behind it.
  const isForeign = ({ target, removedNodes, nextSibling }) =>
    (removedNodes.length || nextSibling) && document.body?.contains(target) && !target.closest(BLOCKS);
  // The comments by which the program finds its places: it takes away a few, or others with elements.
  const isComment = ({ addedNodes, removedNodes }) => !addedNodes.length && [...removedNodes].every((node) => node.nodeType === Node.COMMENT_NODE);
  const note = (records) => {
    if (!isRunning) change ??= records.find(isForeign);
    else if (!root.isConnected) fail('the page was replaced');
    else if (records.length > 8 && records.every(isComment)) fail('the comments of the page were removed');
  };
  const observer = new MutationObserver(note);
  observer.observe(document.documentElement, { childList: true, subtree: true });

  // A button that submits the typed text, which the server shows again, or a link.
  const sayReload = () => {
    const dialog = document.querySelector('dialog:modal');
    const focused = document.activeElement;
    // As the server renders it: a message outside of it can be reached.
    if (dialog) {
      dialog.close();
      dialog.open = true;
      focused.focus();
    }
    const form = document.querySelector('form.editor[id]')?.getAttribute('id');
    const reload = document.createElement(form ? 'button' : 'a');
    Object.assign(reload, form ? { name: 'resume', value: '1' } : { href: '' });
    if (form) reload.setAttribute('form', form);
    reload.textContent = 'Reload';
    const text = document.createElement('p');
    text.textContent = `Something went wrong. Reload to continue${form ? '; what you typed is kept.' : '.'}`;
    const [toasts, toast] = ['toasts page-failed', 'toast failed'].map((name) => Object.assign(document.createElement('div'), { className: name }));
    toasts.setAttribute('role', 'alert');
    toast.append(text, reload);
    toasts.append(toast);
    document.body.append(toasts);
  };

  const fail = (reason) => {
    if (isPlain) return;
    isPlain = true;
    address = here();
    observer.disconnect();
    program?.stop?.();
    document.documentElement.classList.add('plain');
    dispatchEvent(new Event('plain'));
    if (isRunning) sayReload();
    const report = { stage: isRunning ? 'running' : 'starting', page: location.pathname.split('/')[1], reason: String(reason).slice(0, 500) };
    navigator.sendBeacon?.('/page-failures', new URLSearchParams(report));
  };

  // Whether a control holds something else than the server has sent.
  const isChanged = (control) => {
    if (control.options) return control.value !== control.cloneNode(true).value;
    return control.checked !== control.defaultChecked || control.value !== control.defaultValue;
  };
  // What was typed before hydration counts as if it were typed now.
  const replayInput = () => {
    const controls = (document.querySelector('dialog') ?? document).querySelectorAll('input, select, textarea');
    for (const control of controls) if (isChanged(control)) control.dispatchEvent(new Event('input', { bubbles: true }));
  };

  // `script` is the promise of the script that the build has made around the WebAssembly.
  const start = async (script, wasm) => {
    // The loader of chunks prints what it cannot load.
    const { error } = console;
    let fault;
    try {
      const loaded = await script;
      await loaded.default({ module_or_path: wasm });
      program = loaded;
      console.error = (printed) => (fault = printed);
      const isComplete = await program.preload();
      console.error = error;
      if (!isComplete) throw fault;
      note(observer.takeRecords());
      if (change) throw Error(`the page was changed before hydration, in <${change.target.localName}>`);
      dispatchEvent(new Event('hydrated'));
      program.hydrate();
      observer.takeRecords();
    } catch (thrown) {
      console.error = error;
      return fail(thrown);
    }
    root = document.getElementById('main');
    isRunning = true;
    setTimeout(replayInput);
  };

  return { fail, start, isUsed: () => isUsed };
})();
