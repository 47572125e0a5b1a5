import { Overlay } from "../elements/dialog.js";
import { type TextKey, useTexts } from "../texts/texts.js";

const KEYS: readonly (readonly [key: string, text: TextKey])[] = [
  ["Q", "key-keep"],
  ["W", "key-relabel"],
  ["E", "key-drop"],
  ["N", "key-unsure"],
  ["1 – 9", "key-digit"],
  ["/", "key-search"],
  ["Z", "key-undo"],
  ["↓ →", "key-next"],
  ["↑ ←", "key-previous"],
  ["?", "key-help"],
];

export function KeySheet({
  isOpen,
  onClose,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const t = useTexts();
  return (
    <Overlay title={t("keys")} isOpen={isOpen} onClose={onClose}>
      <table>
        <tbody>
          {KEYS.map(([key, text]) => (
            <tr key={key}>
              <td style={{ whiteSpace: "nowrap" }}>
                <kbd>{key}</kbd>
              </td>
              <td>{t(text)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Overlay>
  );
}
