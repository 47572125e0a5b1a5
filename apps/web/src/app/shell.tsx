import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { Overlay } from "../elements/dialog.js";
import { TextInput } from "../elements/fields.js";
import { setTheme, type Theme, useTheme } from "../elements/theme.js";
import { signIn } from "../service/client.js";
import { useConnection } from "../service/connection.js";
import { type Language, useTexts } from "../texts/texts.js";

/** The frame around every page. */
export function Shell() {
  const t = useTexts();
  const { isReachable } = useConnection();
  const content = useFocusOfPages();
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <header className="rail">
        <Link className="brand" to="/">
          <img src="/assets/icon.svg" alt="" />
          Winnow
        </Link>
        <nav aria-label={t("navigation")}>
          <RailLink to="/" icon="M4 12l8-8 8 8M6 10v10h12V10">
            {t("start")}
          </RailLink>
          <RailLink
            to="/datasets"
            icon="M4 6c0-3 16-3 16 0s-16 3-16 0v12c0 3 16 3 16 0V6M4 12c0 3 16 3 16 0"
          >
            {t("datasets")}
          </RailLink>
          <RailLink to="/jobs" icon="M4 6h16M4 12h16M4 18h10">
            {t("jobs")}
          </RailLink>
        </nav>
        <div className="rail-foot">
          <ThemeChoice />
          <LanguageChoice />
        </div>
      </header>
      <main className="content" id="content" tabIndex={-1} ref={content}>
        <div aria-live="polite">{!isReachable && <p className="notice">{t("away")}</p>}</div>
        <Outlet />
      </main>
      <KeyPrompt />
    </div>
  );
}

/**
 * Another page takes the focus, as a page that the browser loads does: what led there may be gone, and
 * who cannot see would not know of it.
 */
function useFocusOfPages() {
  const content = useRef<HTMLElement>(null);
  const path = useLocation({ select: ({ pathname }) => pathname });
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    content.current?.focus({ preventScroll: true });
  }, [path]);
  return content;
}

function RailLink({
  to,
  icon,
  children,
}: {
  readonly to: "/" | "/datasets" | "/jobs";
  readonly icon: string;
  readonly children: ReactNode;
}) {
  return (
    <Link
      to={to}
      className="rail-link"
      activeProps={{ className: "active" }}
      activeOptions={{ exact: to === "/" }}
    >
      <svg width="18" height="18" viewBox="0 0 24 24" aria-hidden="true">
        <path
          d={icon}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {children}
    </Link>
  );
}

function ThemeChoice() {
  const t = useTexts();
  return (
    <select
      aria-label={t("theme")}
      value={useTheme()}
      onChange={(event) => setTheme(event.target.value as Theme)}
    >
      <option value="system">{t("system")}</option>
      <option value="light">{t("light")}</option>
      <option value="dark">{t("dark")}</option>
    </select>
  );
}

function LanguageChoice() {
  const t = useTexts();
  return (
    <select
      aria-label={t("language")}
      value={t.language}
      onChange={(event) => t.setLanguage(event.target.value as Language)}
    >
      <option value="en">English</option>
      <option value="zh">中文</option>
    </select>
  );
}

/** Asks for a key where the service refuses the one of this tab, or wants one. */
function KeyPrompt() {
  const t = useTexts();
  const { wantsKey } = useConnection();
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const send = () => {
    signIn(key.trim());
    setKey("");
    void client.resetQueries();
  };
  return (
    <Overlay title={t("keyTitle")} isOpen={wantsKey}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <p className="dim">{t("keyHelp")}</p>
        <TextInput label={t("keyLabel")} type="password" value={key} onChange={setKey} />
        <div className="actions">
          <Button className="button main" type="submit" isDisabled={key.trim() === ""}>
            {t("keySend")}
          </Button>
        </div>
      </form>
    </Overlay>
  );
}
