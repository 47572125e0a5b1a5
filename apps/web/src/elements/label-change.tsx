import { ClassName } from "./class-name.js";

/** The given and the suggested label, each with a direction of its own. */
export function LabelChange({
  given,
  suggested,
}: {
  readonly given: string;
  readonly suggested: string;
}) {
  return (
    <>
      <ClassName>{given}</ClassName> <span className="arrow">→</span>{" "}
      <strong>
        <ClassName>{suggested}</ClassName>
      </strong>
    </>
  );
}
