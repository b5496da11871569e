/** A question that has to be answered before anything else: the browser's own dialog, so focus and Escape are right. */

import { useEffect, useId, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Modal({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    // The browser gives the focus back to what opened it when the dialog is closed, not when it is only taken away.
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} class="modal" aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
