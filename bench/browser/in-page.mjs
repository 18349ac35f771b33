/**
 * Runs in the page before its own scripts, and observes from there what a person sees, with the browser's own time since the navigation.
 * It is sent to the browser as text, so it contains all that it needs.
 */
export function inPage({ rows, filter, filtered, pressInterval, timeout, impatient = false }) {
  if (window !== window.top) return;

  const visibleRows = (atLeast) => {
    const all = document.querySelectorAll(rows);
    return all.length >= atLeast && all[atLeast - 1].getBoundingClientRect().height > 0 ? [...all] : null;
  };
  const showsFilteredRows = () => visibleRows(50)?.every((row) => row.querySelector(filtered.cell)?.textContent.trim() === filtered.text) ?? false;

  /** The time of the first frame in which a condition holds: checked just before each frame is painted, reported just after. */
  const painted = (condition) =>
    new Promise((resolve, reject) => {
      const check = () => {
        if (performance.now() > timeout) return reject(new Error(`timed out: ${condition}`));
        if (!condition()) return requestAnimationFrame(check);
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      };
      requestAnimationFrame(check);
    });

  // A script handles a press when it keeps the browser from following the link or submitting the form; or, where the browser would do
  // nothing, when it writes the filter into the address a little later.
  let prevented = false;
  let addressBefore;
  const isHandled = () => prevented || (addressBefore !== undefined && location.href !== addressBefore);
  const preventDefault = Event.prototype.preventDefault;
  Event.prototype.preventDefault = function () {
    if (this.type === 'click' || this.type === 'submit') prevented = true;
    preventDefault.call(this);
  };
  // Otherwise another document would load, in which nothing could be measured.
  const holdBack = (event) => {
    if (event.type === 'submit' || event.target.closest?.('a[href]')) preventDefault.call(event);
  };
  addEventListener('click', holdBack);
  addEventListener('submit', holdBack);

  /** Presses the filter if it is in the document. Returns the time of the press. */
  function press() {
    const element = [...document.querySelectorAll(filter.press)].find((each) => !filter.text || each.textContent.trim() === filter.text);
    if (!element) return undefined;
    addressBefore ??= location.href;
    // A press without effect has ticked the checkbox all the same.
    if (element.checked) element.checked = false;
    const at = performance.now();
    element.click();
    return at;
  }

  async function pressOnce() {
    const at = press();
    if (at === undefined) throw new Error(`nothing to press: ${filter.press}`);
    return (await painted(showsFilteredRows)) - at;
  }

  /** A press during hydration may lead to an address without the filter. */
  const isWithoutFilter = () => location.href !== addressBefore && !location.href.includes(filtered.text);

  /** Presses again and again. Returns the time of the last press before the filtered rows. */
  async function pressUntilFiltered() {
    for (;;) {
      let at;
      [prevented, addressBefore] = [false, undefined];
      while (!isHandled() && performance.now() < timeout) {
        at = press() ?? at;
        await new Promise((resolve) => setTimeout(resolve, pressInterval));
      }
      await painted(() => showsFilteredRows() || isWithoutFilter());
      if (showsFilteredRows()) return at;
    }
  }

  let lastLongTask = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) lastLongTask = Math.max(lastLongTask, startTime + duration);
  }).observe({ type: 'longtask', buffered: true });

  // Reported, not asked for: before it asks, the driver injects a script of its own into the page, just at the time that is measured.
  const report = (name, time) => time.then((at) => console.debug(`bench: ${name} ${at}`), (error) => console.debug(`bench: ${name} error: ${error.message}`));
  report('rows', painted(() => visibleRows(10) !== null));
  if (impatient) report('usable', pressUntilFiltered());

  window.bench = {
    pressOnce,
    get lastLongTask() {
      return lastLongTask;
    },
  };
}
