declare namespace App {
  interface Locals {
    flags: import("@featureflip/sdk").ContextClient;
  }
}
