import type { Change, Registration } from "./actions";

/** As it is typed; what is empty is not said. */
export interface SenderForm {
  phoneNumberId: string;
  accessToken: string;
  name: string;
  businessAccountId: string;
  dailyLimit: string;
  messagesPerSecond: string;
  default: boolean;
}

export const EMPTY: SenderForm = {
  phoneNumberId: "",
  accessToken: "",
  name: "",
  businessAccountId: "",
  dailyLimit: "",
  messagesPerSecond: "",
  default: false,
};

/** What keeps the form from being sent; the server looks at the rest. */
export function lacking(form: SenderForm, known: boolean): string | undefined {
  const { phoneNumberId, accessToken, dailyLimit, messagesPerSecond } = form;
  if (!known && !phoneNumberId.trim()) return "The phone-number id is missing.";
  if (!known && !accessToken.trim()) return "The access token is missing.";
  if (dailyLimit.trim() && !/^[1-9]\d*$/.test(dailyLimit.trim())) {
    return "The daily cap is a whole number, 1 or more.";
  }
  if (messagesPerSecond.trim() && !(Number(messagesPerSecond) > 0)) {
    return "Messages per second is a number above 0.";
  }
  const said = Object.values(form).some((value) => value !== "" && value !== false);
  return known && !said ? "Nothing is different yet." : undefined;
}

export function registered(form: SenderForm): Registration {
  return {
    ...changed(form),
    phoneNumberId: form.phoneNumberId.trim(),
    accessToken: form.accessToken.trim(),
  };
}

export function changed(form: SenderForm): Change {
  const { accessToken, name, businessAccountId, dailyLimit, messagesPerSecond } = form;
  return {
    default: form.default,
    ...(accessToken.trim() && { accessToken: accessToken.trim() }),
    ...(name.trim() && { name: name.trim() }),
    ...(businessAccountId.trim() && { businessAccountId: businessAccountId.trim() }),
    ...(dailyLimit.trim() && { dailyLimit: Number(dailyLimit) }),
    ...(messagesPerSecond.trim() && { messagesPerSecond: Number(messagesPerSecond) }),
  };
}
