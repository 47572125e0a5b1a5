import { Link } from "@tanstack/react-router";
import type { Job } from "@winnow/client";
import { useTexts } from "../texts/texts.js";
import { StateTag } from "./parts.js";

/** Leads to jobs that were started here before; nothing where there are none. */
export function EarlierJobs({ jobs }: { readonly jobs: readonly Job[] }) {
  const t = useTexts();
  if (jobs.length === 0) return null;
  return (
    <ul className="links">
      {jobs.map(({ id, createdAt, state }) => (
        <li key={id}>
          <Link to="/jobs/$id" params={{ id }}>
            {t.time(createdAt)}
          </Link>{" "}
          <StateTag state={state} />
        </li>
      ))}
    </ul>
  );
}
