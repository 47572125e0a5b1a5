// Runs in the browser, on the page that a test looks at.

globalThis.probes = {
  /** Whether the page is wider than its window. */
  tooWide() {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth
      ? [`the page is ${scrollWidth} px wide in a window of ${clientWidth} px`]
      : [];
  },

  /** Chooses the language as somebody at the rail would, also while a dialog is over it. */
  async setLanguage(language) {
    const isShown = () => document.documentElement.lang.startsWith(language);
    const find = () => document.querySelector(".rail select:has(option[value=zh])");
    const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
    while (!find()) await tick(); // the page may not be drawn yet
    if (isShown()) return;
    const choice = find();
    const { set } = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value");
    set.call(choice, language);
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    while (!isShown()) await tick();
  },

  /** What axe finds, without what is a matter of taste. */
  async seriousFindings() {
    const { violations } = await globalThis.axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  },

  /** From now on: ms from each key to the moment in which the next row is painted. */
  watchKeys(watched = ".row-card") {
    const times = [];
    let pressedAt = 0;
    globalThis.probes.paintTimes = times;
    addEventListener(
      "keydown",
      () => {
        pressedAt = performance.now();
      },
      true,
    );
    new MutationObserver(() => {
      if (pressedAt === 0) return;
      const from = pressedAt;
      pressedAt = 0;
      requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - from)));
    }).observe(document.querySelector(watched), {
      subtree: true,
      childList: true,
      characterData: true,
    });
  },

  /** From now on: the moments in which a heat map is painted. */
  watchPictures() {
    const times = [];
    globalThis.probes.pictureTimes = times;
    new MutationObserver((changes) => {
      if (!changes.some(({ target }) => target.closest(".heat-cells"))) return;
      requestAnimationFrame(() => setTimeout(() => times.push(performance.now())));
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ["width"] });
  },

  /** ms from the arrival of the joint's data to its first picture. */
  async heatMapTime() {
    while (globalThis.probes.pictureTimes.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const came = performance
      .getEntriesByType("resource")
      .find(({ name }) => name.endsWith("/joint"));
    return globalThis.probes.pictureTimes[0] - came.responseEnd;
  },

  /** ms from a press of the button to the picture that it asks for. */
  async drawTime(name) {
    const button = [...document.querySelectorAll("button")].find(
      ({ textContent }) => textContent === name,
    );
    const from = performance.now();
    button.click();
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - from;
  },

  /** From now on: ms of each frame. */
  watchFrames() {
    const frames = [];
    globalThis.probes.frameTimes = frames;
    let last = performance.now();
    const look = () => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      if (globalThis.probes.frameTimes === frames) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  },

  /** The frames since then. */
  frames() {
    const frames = globalThis.probes.frameTimes;
    globalThis.probes.frameTimes = [];
    return frames;
  },
};
