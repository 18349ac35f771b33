(() => {
  const KEYS = ['q', 'status', 'churn', 'plan', 'sort', 'size'];
  const region = () => document.getElementById('list');
  let asked;
  let asking = new AbortController();

  // The address as the program spells it.
  const address = (form) => {
    const data = new FormData(form);
    const pairs = KEYS.flatMap((key) => data.getAll(key).filter(Boolean).map((value) => [key, value]));
    const query = new URLSearchParams(pairs).toString();
    return form.getAttribute('action') + (query && `?${query}`);
  };

  const show = (page) => {
    const [here, there] = [document, page].map((of) => of.getElementById('listed'));
    const open = [...here.querySelectorAll('details')].map((menu) => menu.open);
    const { name, value } = document.activeElement;
    here.replaceChildren(...there.childNodes);
    here.querySelectorAll('details').forEach((menu, place) => (menu.open = open[place]));
    if (name && value) here.querySelector(`[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`)?.focus({ preventScroll: true });
    // What else leads elsewhere from another list.
    for (const links of ['#new', '.rail a']) {
      const others = page.querySelectorAll(links);
      document.querySelectorAll(links).forEach((link, place) => {
        link.href = others[place].getAttribute('href');
        link.toggleAttribute('aria-current', false);
        const current = others[place].getAttribute('aria-current');
        if (current) link.setAttribute('aria-current', current);
      });
    }
  };

  const follow = async ({ target }) => {
    if (target.type !== 'checkbox' || target.form?.id !== 'filters') return;
    const wanted = address(target.form);
    if (wanted === asked) return;
    asked = wanted;
    asking.abort();
    const { signal } = (asking = new AbortController());
    history.pushState(null, '', wanted);
    region().setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(wanted, { signal });
      // Its styles are here, and would need its nonce.
      const html = (await answer.text()).replace(/<style[^]*?<\/style>/, '');
      const page = new DOMParser().parseFromString(html, 'text/html');
      if (!signal.aborted && answer.ok && page.getElementById('listed')) show(page);
    } catch {
      // The ticks are there still: the program does what they say when it comes.
    }
    if (!signal.aborted) region().setAttribute('aria-busy', 'false');
  };

  const back = () => location.reload();
  addEventListener('change', follow);
  addEventListener('popstate', back);
  addEventListener(
    'taken-over',
    () => {
      asking.abort();
      region()?.setAttribute('aria-busy', 'false');
      removeEventListener('change', follow);
      removeEventListener('popstate', back);
    },
    { once: true },
  );
})();
