import { Link } from "@tanstack/react-router";

/** To the review of a pruning's flags, or of those of one cell of the joint. */
export function ReviewLink({
  pruningId,
  cell = {},
  text,
}: {
  readonly pruningId: string;
  readonly cell?: { readonly given?: string; readonly suggested?: string };
  readonly text: string;
}) {
  return (
    <Link
      className="button main"
      to="/prunings/$id/review"
      params={{ id: pruningId }}
      search={{ order: "worst", state: "pending", ...cell }}
    >
      {text}
    </Link>
  );
}
