import { useEffect } from "preact/hooks";

/** A view's heading, which is the browser's title too: rooms in several tabs can be told apart. */
export function Heading({ text }: { readonly text: string }) {
  useEffect(() => {
    document.title = `${text} - Sluse`;
  }, [text]);
  return <h1 tabIndex={-1}>{text}</h1>;
}
