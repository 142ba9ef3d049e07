/** What a deployment tells its console: the same bundle runs everywhere. */
export interface Config {
  /** Where the API is; empty: beside this page. */
  apiUrl: string;
  auth: LocalAuth | CognitoAuth;
}

/** On the laptop nobody logs in: the runtime hands out a token for any role. */
export interface LocalAuth {
  kind: "local";
}

export interface CognitoAuth {
  kind: "cognito";
  /** The user pool's issuer, `https://cognito-idp.{region}.amazonaws.com/{pool}`. */
  authority: string;
  clientId: string;
  /** The hosted pages for signing in and out, `https://{prefix}.auth.{region}.amazoncognito.com`. */
  domain: string;
}

/** Reads `/config.json`. Throws an Error in words. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) {
    throw new Error("The server did not tell the console where to find it. Is it running?");
  }
  return (await answer.json()) as Config;
}
