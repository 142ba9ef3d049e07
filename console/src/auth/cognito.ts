import type { User, UserManager } from "oidc-client-ts";

import type { CognitoAuth } from "../config";
import { personOf } from "./claims";
import type { Person, Provider } from "./session";

const BACK = "/signed-in";

/** Cognito's hosted pages: authorization code with PKCE, renewed with the refresh token. */
export interface CognitoProvider extends Provider {
  kind: "cognito";
  /** Leaves for the page that signs in; `from` is where to come back to. */
  signIn(from: string): Promise<void>;
}

export function cognito(auth: CognitoAuth): CognitoProvider {
  const managed = manager(auth);
  return {
    kind: "cognito",
    async restore() {
      const oidc = await managed;
      if (location.pathname === BACK) {
        const user = await oidc.signinRedirectCallback();
        history.replaceState(null, "", fromOf(user));
        return person(user);
      }
      const user = await oidc.getUser();
      if (user?.expired && user.refresh_token) {
        return await oidc.signinSilent().then(person, () => null);
      }
      return user?.expired ? null : person(user);
    },
    async token() {
      const oidc = await managed;
      let user = await oidc.getUser();
      if (user?.expired) user = await oidc.signinSilent();
      if (!user) throw new Error("You are signed out. Sign in again.");
      return user.access_token;
    },
    async signIn(from) {
      await (await managed).signinRedirect({ state: from });
    },
    async signOut() {
      await (await managed).removeUser();
      const query = new URLSearchParams({
        client_id: auth.clientId,
        logout_uri: `${location.origin}/`,
      });
      location.assign(`${auth.domain}/logout?${query.toString()}`);
    },
  };
}

/** Loaded where it is used: the laptop does without. */
async function manager(auth: CognitoAuth): Promise<UserManager> {
  const { UserManager, WebStorageStateStore } = await import("oidc-client-ts");
  return new UserManager({
    authority: auth.authority,
    client_id: auth.clientId,
    redirect_uri: `${location.origin}${BACK}`,
    response_type: "code",
    scope: "openid",
    automaticSilentRenew: true,
    // Gone with the tab; what a stolen machine holds longer is no token.
    userStore: new WebStorageStateStore({ store: sessionStorage }),
  });
}

function person(user: User | null): Person | null {
  if (!user) return null;
  const found = personOf(user.access_token);
  if (!found) throw new Error("You belong to no organisation yet. Ask your administrator.");
  const email = user.profile.email;
  return { ...found, name: email ?? found.name };
}

/** Only a path of our own: nothing that a link could have made of it. */
function fromOf(user: User): string {
  const { state } = user;
  return typeof state === "string" && /^\/(?![/\\])/.test(state) ? state : "/";
}
