import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { Fault } from "../elements/problems.js";
import { useTexts } from "../texts/texts.js";

export function NotFoundPage() {
  const t = useTexts();
  return (
    <div className="empty">
      <p>{t("notFound")}</p>
      <p>
        <Link to="/">{t("start")}</Link>
      </p>
    </div>
  );
}

/** A fault of the page itself; the rest of the frame goes on. */
export function CrashPage({ error }: ErrorComponentProps) {
  const fault = error instanceof Error ? error : new Error(String(error));
  return <Fault error={fault} retry={() => location.reload()} />;
}
