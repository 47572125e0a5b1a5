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
      <bdi>{given}</bdi> <span className="arrow">→</span>{" "}
      <strong>
        <bdi>{suggested}</bdi>
      </strong>
    </>
  );
}
