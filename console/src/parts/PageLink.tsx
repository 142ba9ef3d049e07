import Link, { type LinkProps } from "@cloudscape-design/components/link";
import { useNavigate } from "react-router";

/** A link to another page of the console: no load, and still a link to open in a tab. */
export function PageLink({ to, ...props }: Omit<LinkProps, "href" | "onFollow"> & { to: string }) {
  const navigate = useNavigate();
  return (
    <Link
      {...props}
      href={to}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    />
  );
}
