import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { startTheme } from "../elements/theme.js";
import { queries } from "../service/queries.js";
import { TextsProvider, useTexts } from "../texts/texts.js";
import { router } from "./router.js";

/** Shows the page in the element. */
export function start(element: HTMLElement): void {
  startTheme();
  createRoot(element).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <TextsProvider>
          <Localised />
        </TextsProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}

/** What the component library says itself, such as "dismiss", is in the page's language too. */
function Localised() {
  const { language } = useTexts();
  return (
    <I18nProvider locale={language === "zh" ? "zh-CN" : "en-US"}>
      <RouterProvider router={router} />
    </I18nProvider>
  );
}
