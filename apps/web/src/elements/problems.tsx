import { ApiError } from "@winnow/client";
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import { useTexts } from "../texts/texts.js";

interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[] | undefined;
}

/** What went wrong, where, and how to go on. */
export function Fault({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const t = useTexts();
  const again = retry && (
    <p>
      <Button className="button small" onPress={retry}>
        {t("tryAgain")}
      </Button>
    </p>
  );
  if (error instanceof ApiError)
    return (
      <ProblemBox problem={{ ...error.problem, detail: error.message }} showsPointers>
        {again}
      </ProblemBox>
    );
  return (
    <div className="fault-box" role="alert">
      <h3>{t("failedTitle")}</h3>
      <p className="theirs">{error.message}</p>
      {again}
    </div>
  );
}

/** A problem as the service tells it: its title in the reader's language, its details in English. */
export function ProblemBox({
  problem: { code, title, detail, errors = [] },
  showsPointers = false,
  children,
}: {
  readonly problem: Problem;
  /** Whether the places are of use: they name fields of a request, not of a form. */
  readonly showsPointers?: boolean;
  readonly children?: ReactNode;
}) {
  const t = useTexts();
  const known = t.error(code);
  const places = errors.filter((one) => showsPointers || !detail.includes(one.detail));
  return (
    <div className="fault-box" role="alert">
      <h3>{known ?? <span lang="en">{title}</span>}</h3>
      <p className="theirs" lang="en">
        {detail}
      </p>
      {places.length > 0 && (
        <ul lang="en">
          {places.map(({ pointer, detail: place }) => (
            <li key={`${pointer} ${place}`} className="theirs">
              {showsPointers && <code>{pointer}</code>} {place}
            </li>
          ))}
        </ul>
      )}
      {children}
    </div>
  );
}

/** Warnings of the service: what each is about in the reader's language, its figures in English. */
export function Warnings({
  items,
}: {
  readonly items: readonly { readonly code: string; readonly message: string }[];
}) {
  const t = useTexts();
  if (items.length === 0) return null;
  return (
    <div role="note">
      {items.map(({ code, message }) => (
        <div className="warning" key={code + message}>
          {t.warning(code) && <p>{t.warning(code)}</p>}
          <p className="theirs" lang="en">
            {message}
          </p>
        </div>
      ))}
    </div>
  );
}
