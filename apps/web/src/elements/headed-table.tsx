import type { ReactNode } from "react";
import { TableBox } from "./table-box.js";

/** The head of a column; numbers stand at its right. */
export interface Head {
  readonly text: string;
  readonly isNumber?: boolean;
}

/** A table in a box that may scroll: the names of its columns, and its rows. */
export function HeadedTable({
  label,
  className,
  heads,
  children,
}: {
  readonly label: string;
  readonly className?: string;
  readonly heads: readonly Head[];
  readonly children: ReactNode;
}) {
  return (
    <TableBox label={label} {...(className === undefined ? {} : { className })}>
      <table>
        <thead>
          <tr>
            {heads.map(({ text, isNumber }) => (
              <th key={text} className={isNumber ? "number" : undefined}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </TableBox>
  );
}
