import { useId } from "react";

interface FieldProps<T> {
  readonly label: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly help?: string | undefined;
  readonly fault?: string | undefined;
}

interface Framed {
  readonly label: string;
  /** By which others name themselves after the label. */
  readonly labelId?: string | undefined;
  readonly help?: string | undefined;
  readonly fault?: string | undefined;
  readonly children: (ids: { id: string; "aria-describedby"?: string }) => React.ReactNode;
}

function Framed({ label, labelId, help, fault, children }: Framed) {
  const id = useId();
  const hasMore = help !== undefined || fault !== undefined;
  return (
    <div className="field">
      <label htmlFor={id} id={labelId}>
        {label}
      </label>
      {children({ id, ...(hasMore ? { "aria-describedby": `${id}-more` } : {}) })}
      {hasMore && (
        <span id={`${id}-more`} className={fault ? "fault" : "help"}>
          {fault ?? help}
        </span>
      )}
    </div>
  );
}

/** One of a few. The platform's own control: it is the one that phones and screen readers know best. */
export function Choice({
  options,
  value,
  onChange,
  ...frame
}: FieldProps<string> & {
  readonly labelId?: string | undefined;
  readonly options: readonly (readonly [value: string, text: string])[];
}) {
  return (
    <Framed {...frame}>
      {(ids) => (
        <select {...ids} value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Framed>
  );
}

export function TextInput({
  value,
  onChange,
  placeholder,
  type = "text",
  ...frame
}: FieldProps<string> & {
  readonly placeholder?: string;
  readonly type?: "text" | "password" | "search";
}) {
  return (
    <Framed {...frame}>
      {(ids) => (
        <input
          {...ids}
          type={type}
          value={value}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Framed>
  );
}

/** Several lines, as lists and JSON are. */
export function TextArea({
  value,
  onChange,
  placeholder,
  ...frame
}: FieldProps<string> & { readonly placeholder?: string }) {
  return (
    <Framed {...frame}>
      {(ids) => (
        <textarea
          {...ids}
          rows={3}
          placeholder={placeholder}
          value={value}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Framed>
  );
}

/** A number, or nothing. */
export function NumberInput({
  value,
  onChange,
  min,
  max,
  step,
  placeholder,
  ...frame
}: FieldProps<number | undefined> & {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly step?: number | "any";
  readonly placeholder?: string;
}) {
  return (
    <Framed {...frame}>
      {(ids) => (
        <input
          {...ids}
          type="number"
          value={value ?? ""}
          min={min}
          max={max}
          step={step}
          placeholder={placeholder}
          onChange={(event) =>
            onChange(event.target.value === "" ? undefined : Number(event.target.value))
          }
        />
      )}
    </Framed>
  );
}
