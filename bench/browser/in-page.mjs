/**
 * Runs in the page before its own scripts, and watches from there: what a person sees, at the browser's own time since the navigation.
 * It is sent as text, so it holds all that it needs.
 */
export function inPage({ rows, filter, filtered, every, patience, impatient = false }) {
  if (window !== window.top) return;

  const shown = (least) => {
    const all = document.querySelectorAll(rows);
    return all.length >= least && all[least - 1].getBoundingClientRect().height > 0 ? [...all] : null;
  };
  const areFiltered = () => shown(50)?.every((row) => row.querySelector(filtered.cell)?.textContent.trim() === filtered.text) ?? false;

  /** The time of the first picture in which something is so: looked at just before each picture is painted, told just after. */
  const painted = (isSo) =>
    new Promise((found, failed) => {
      const look = () => {
        if (performance.now() > patience) return failed(new Error(`in vain: ${isSo}`));
        if (!isSo()) return requestAnimationFrame(look);
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => found(performance.now());
        port2.postMessage(null);
      };
      requestAnimationFrame(look);
    });

  // A script takes a press over by keeping the browser from following the link or sending the form; or, where the browser would do
  // nothing, it writes the filter into the address a little later.
  let kept = false;
  let before;
  const isTaken = () => kept || (before !== undefined && location.href !== before);
  const keep = Event.prototype.preventDefault;
  Event.prototype.preventDefault = function () {
    if (this.type === 'click' || this.type === 'submit') kept = true;
    keep.call(this);
  };
  // Otherwise another document would come, in which nothing could be measured.
  const watch = (event) => {
    if (event.type === 'submit' || event.target.closest?.('a[href]')) keep.call(event);
  };
  addEventListener('click', watch);
  addEventListener('submit', watch);

  /** Presses the choice, where it is there: the time. */
  function press() {
    const choice = [...document.querySelectorAll(filter.press)].find((element) => !filter.text || element.textContent.trim() === filter.text);
    if (!choice) return undefined;
    before ??= location.href;
    // What was pressed in vain has ticked the box all the same.
    if (choice.checked) choice.checked = false;
    const at = performance.now();
    choice.click();
    return at;
  }

  async function pressOnce() {
    const at = press();
    if (at === undefined) throw new Error(`nothing to press: ${filter.press}`);
    return (await painted(areFiltered)) - at;
  }

  /** A press while a page is being taken over may be sent without what it has ticked. */
  const isElsewhere = () => location.href !== before && !location.href.includes(filtered.text);

  /** Presses again and again: the time of the last press before the filter comes. */
  async function pressUntilTaken() {
    for (;;) {
      let at;
      [kept, before] = [false, undefined];
      while (!isTaken() && performance.now() < patience) {
        at = press() ?? at;
        await new Promise((done) => setTimeout(done, every));
      }
      await painted(() => areFiltered() || isElsewhere());
      if (areFiltered()) return at;
    }
  }

  let lastLongTask = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) lastLongTask = Math.max(lastLongTask, startTime + duration);
  }).observe({ type: 'longtask', buffered: true });

  // Told and not asked for: the driver brings a script of its own into the page before it asks, at just the time that is measured.
  const tell = (name, time) => time.then((at) => console.debug(`bench: ${name} ${at}`), (fault) => console.debug(`bench: ${name} fault: ${fault.message}`));
  tell('rows', painted(() => shown(10) !== null));
  if (impatient) tell('usable', pressUntilTaken());

  window.bench = {
    pressOnce,
    get lastLongTask() {
      return lastLongTask;
    },
  };
}
