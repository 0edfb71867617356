"use client";
import { useState } from "react";

export function Values({ flags }: { readonly flags: Readonly<Record<string, unknown>> }) {
  const [shown] = useState(flags);
  return <p>{JSON.stringify(shown)}</p>;
}
