import { precompute } from "flags/next";
import { NextResponse } from "next/server";
import type { NextRequest } from "next/server";
import { precomputed } from "./flags";

export const config = { matcher: ["/marketing"] };

/** Runs on the Edge runtime. */
export async function middleware(request: NextRequest) {
  const code = await precompute(precomputed);
  return NextResponse.rewrite(new URL(`/code/${code}`, request.url));
}
