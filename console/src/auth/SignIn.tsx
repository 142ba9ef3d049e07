import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";

import { wordsOf } from "../api/errors";
import { ROLE, ROLE_MEANING } from "../words";
import type { CognitoProvider } from "./cognito";
import { begin } from "./local";
import { session, type Role } from "./session";

const ROLES: readonly Role[] = ["org_admin", "agent", "viewer"];

/** The way in: a role on the laptop, Cognito's page on AWS. */
export function SignIn() {
  useEffect(() => {
    document.title = "Sign in · Campaigns";
  }, []);
  return (
    <main className="sign-in">
      <Container header={<Header variant="h1">Campaigns</Header>}>
        <SpaceBetween size="l">
          {session.expired && <Alert type="info">You are signed out. Sign in to go on.</Alert>}
          {session.provider.kind === "local" ? <LocalSignIn /> : <CognitoSignIn />}
        </SpaceBetween>
      </Container>
    </main>
  );
}

function LocalSignIn() {
  const [role, setRole] = useState<Role>("org_admin");
  const [tenant, setTenant] = useState("default");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const enter = async () => {
    setBusy(true);
    try {
      session.begun(await begin({ tenant: tenant.trim(), role }));
    } catch (problem) {
      setError(wordsOf(problem));
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <Form
        actions={
          <Button variant="primary" formAction="submit" loading={busy}>
            Sign in
          </Button>
        }
        errorText={error}
      >
        <SpaceBetween size="m">
          <Box>On this machine nobody needs a password: choose who you are.</Box>
          <FormField label="Role">
            <RadioGroup
              value={role}
              onChange={({ detail }) => setRole(detail.value as Role)}
              items={ROLES.map((value) => ({
                value,
                label: ROLE[value],
                description: ROLE_MEANING[value],
              }))}
            />
          </FormField>
          <FormField label="Organisation" description="Each sees only its own campaigns.">
            <Input value={tenant} onChange={({ detail }) => setTenant(detail.value)} />
          </FormField>
        </SpaceBetween>
      </Form>
    </form>
  );
}

function CognitoSignIn() {
  const [error, setError] = useState("");
  const leave = () => {
    const provider = session.provider as CognitoProvider;
    provider.signIn(location.pathname + location.search).catch((problem: unknown) => {
      setError(wordsOf(problem));
    });
  };
  return (
    <SpaceBetween size="m">
      {error && <Alert type="error">{error}</Alert>}
      <Box>Sign in with your organisation’s account.</Box>
      <Button variant="primary" onClick={leave}>
        Sign in
      </Button>
    </SpaceBetween>
  );
}
