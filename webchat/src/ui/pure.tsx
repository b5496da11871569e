/** Components that are drawn anew only when something they are given has changed. */

import { Component } from "preact";
import type { ComponentChildren, ComponentClass } from "preact";

function differs(before: object, after: object): boolean {
  const [old, fresh] = [Object.entries(before), Object.entries(after)];
  return old.length !== fresh.length || fresh.some(([name, value]) => !Object.is((before as Record<string, unknown>)[name], value));
}

/** `Draw` with its props compared one by one; what is passed to it has to stay the same object while it means the same. */
export function pure<P extends object>(Draw: (props: P) => ComponentChildren): ComponentClass<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return differs(this.props, next);
    }
    override render() {
      return <Draw {...this.props} />;
    }
  };
}
