/** A question that has to be answered before anything else: the browser's own dialog, so focus and Escape are right. */

import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** `palette`: at the top, its title only for those who hear it; `wide`: for reading. */
  readonly kind?: "palette" | "wide";
}

export function Modal({ title, onClose, children, kind }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const gone = useRef(false);
  const heading = useId();
  // Before the next key: what is typed right after opening goes to the dialog.
  useLayoutEffect(() => {
    // The browser gives the focus back to what opened it when the dialog is closed, not when it is only taken away.
    const element = dialog.current;
    element?.setAttribute("closedby", "any"); // a press beside it closes it, where the browser knows that
    element?.showModal();
    return () => {
      gone.current = true; // the browser tells of the closing later, when something else may be open in its place
      element?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={kind === undefined ? "modal" : `modal ${kind}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault(); // the browser tells of the closing later: the next key would find what is closed still open
        onClose();
      }}
      onClose={() => {
        if (!gone.current) onClose();
      }}
    >
      <div class="modal-body">
        <h2 id={heading} class={kind === "palette" ? "visually-hidden" : ""}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
