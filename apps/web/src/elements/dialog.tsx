import type { ReactNode } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTexts } from "../texts/texts.js";

/**
 * A dialog over the page; its cross, Escape and a click outside close it, and the focus goes back.
 * Without `onClose` it stays until it has what it asks for.
 */
export function Overlay({
  title,
  isOpen,
  onClose,
  children,
}: {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose?: () => void;
  readonly children: ReactNode;
}) {
  const t = useTexts();
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose?.()}
      isDismissable={onClose !== undefined}
      isKeyboardDismissDisabled={onClose === undefined}
    >
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
          {onClose && (
            // Last in the order of Tab, first in the picture.
            <Button className="button small bare close" aria-label={t("close")} onPress={onClose}>
              ✕
            </Button>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks before something is done that cannot be taken back. */
export function Confirm({
  title,
  help,
  action,
  keep,
  isOpen,
  onClose,
  onConfirm,
}: {
  readonly title: string;
  readonly help: ReactNode;
  readonly action: string;
  readonly keep?: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}) {
  const t = useTexts();
  return (
    <Overlay title={title} isOpen={isOpen} onClose={onClose}>
      <p>{help}</p>
      <div className="actions">
        <Button className="button" onPress={onClose} autoFocus>
          {keep ?? t("close")}
        </Button>
        <Button
          className="button danger"
          onPress={() => {
            onClose();
            onConfirm();
          }}
        >
          {action}
        </Button>
      </div>
    </Overlay>
  );
}
