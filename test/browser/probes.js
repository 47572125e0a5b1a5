// Runs in the browser, on the page that a test looks at.

globalThis.probes = {
  /** Whether the page is wider than its window. */
  tooWide() {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth
      ? [`the page is ${scrollWidth} px wide in a window of ${clientWidth} px`]
      : [];
  },

  /** What axe finds, without what is a matter of taste. */
  async seriousFindings() {
    const { violations } = await globalThis.axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  },

  /** From now on: ms from each key to the moment in which the next row is painted. */
  watchKeys() {
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
    }).observe(document.querySelector(".row-card"), {
      subtree: true,
      childList: true,
      characterData: true,
    });
  },
};
