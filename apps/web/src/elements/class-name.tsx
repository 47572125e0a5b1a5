import { Fragment } from "react";

/** A class's name, which breaks between the levels of its path before it breaks anywhere else. */
export function ClassName({ children }: { readonly children: string }) {
  const levels = children.split("/");
  return (
    <bdi>
      {levels.map((level, depth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: levels are told apart by their place alone.
        <Fragment key={depth}>
          {depth > 0 && (
            <>
              /<wbr />
            </>
          )}
          {level}
        </Fragment>
      ))}
    </bdi>
  );
}
