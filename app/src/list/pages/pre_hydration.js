(() => {
  // What stands around the facets in an address.
  const ORDER = { q: 0, sort: 2, size: 3, view: 4 };
  const all = (of, selector) => [...of.querySelectorAll(selector)];
  const region = () => document.getElementById('list');
  let asked;
  let asking = new AbortController();
  // Of which list the address speaks.
  let list = location.search;

  // The address as the program spells it.
  const address = (form) => {
    const pairs = [...new FormData(form)].filter(([, value]) => value);
    pairs.sort(([a], [b]) => (ORDER[a] ?? 1) - (ORDER[b] ?? 1));
    const query = new URLSearchParams(pairs).toString();
    return form.getAttribute('action') + (query && `?${query}`);
  };

  // Finds an element again after its block was replaced.
  const place = (element) => {
    const is = (name) => element.hasAttribute(name) && `[${name}="${CSS.escape(element.getAttribute(name))}"]`;
    const menu = all(document, '#list-content summary').indexOf(element);
    if (menu >= 0) return () => all(document, '#list-content summary')[menu];
    const selector = is('id') || (is('value') && is('name') + is('value')) || is('href');
    return () => (selector && document.querySelector(`#list-content ${selector}`)) || document.getElementById('heading');
  };

  const showBlock = (here, there) => {
    const open = all(here, 'details').map((menu) => menu.open);
    const columns = all(here, '[name=column]').filter((box) => box.checked !== box.defaultChecked);
    const focused = here.contains(document.activeElement) && place(document.activeElement);
    // Its rows are all in the next picture.
    here.classList.add('replaced');
    here.replaceChildren(...there.childNodes);
    all(here, 'details').forEach((menu, index) => (menu.open = open[index]));
    // The program keeps the columns that were ticked.
    for (const { value, checked } of columns) all(here, '[name=column]').find((box) => box.value === value).checked = checked;
    if (focused) focused()?.focus({ preventScroll: true });
  };

  // What else speaks of the list. Where there is less of it, another person is signed in, and the program says so.
  const showAround = (page) => {
    for (const selector of ['#new', '.sidebar a']) {
      const others = all(page, selector);
      all(document, selector).forEach((link, index) => {
        for (const name of ['href', 'aria-current']) {
          const value = others[index]?.getAttribute(name);
          if (value) link.setAttribute(name, value);
          else link.removeAttribute(name);
        }
      });
    }
    for (const id of ['search-hint', 'list-title']) document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
    document.querySelector('#filters [name=q]').defaultValue = page.querySelector('#filters [name=q]').defaultValue;
  };

  const follow = async ({ target }) => {
    // On the board the program does it.
    if (target.type !== 'checkbox' || target.form?.id !== 'filters' || !region()) return;
    const wanted = address(target.form);
    if (wanted === asked) return;
    asked = wanted;
    asking.abort();
    const { signal } = (asking = new AbortController());
    region().setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(wanted, { signal });
      // Its styles are here, and would need its nonce.
      const html = (await answer.text()).replace(/<style[^]*?<\/style>/g, '');
      const page = new DOMParser().parseFromString(html, 'text/html');
      const block = page.getElementById('list-content');
      if (!signal.aborted && answer.ok && block) {
        showBlock(document.getElementById('list-content'), block);
        showAround(page);
        // Now, so that page and address say the same whenever the program comes.
        history.pushState(null, '', wanted);
        list = location.search;
      }
    } catch {
      // The ticks are there still: the program does what they say when it comes.
    }
    if (!signal.aborted) region().setAttribute('aria-busy', 'false');
  };

  // Not for a link within the page.
  const back = () => location.search !== list && location.reload();
  addEventListener('change', follow);
  addEventListener('popstate', back);
  const stop = () => {
    asking.abort();
    region()?.setAttribute('aria-busy', 'false');
    removeEventListener('change', follow);
    removeEventListener('popstate', back);
  };
  for (const type of ['hydrated', 'plain']) addEventListener(type, stop, { once: true });
})();
