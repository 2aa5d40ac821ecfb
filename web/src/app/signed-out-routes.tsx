import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { defined, root, string, type Raw } from "./parent-routes";

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (raw: Raw) =>
    defined({ next: string(raw["next"]), problem: string(raw["problem"]), request: string(raw["request"]) }),
  component: lazyRouteComponent(() => import("@/features/identity/sign-in-page"), "SignInPage"),
});

const signedIn = createRoute({
  getParentRoute: () => root,
  path: "/signed-in",
  component: lazyRouteComponent(() => import("@/features/identity/signed-in-page"), "SignedInPage"),
});

const mailed = (raw: Raw) => defined({ token: string(raw["token"]) });

const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: "/auth/forgot-password",
  component: lazyRouteComponent(() => import("@/features/identity/recovery-pages"), "ForgotPasswordPage"),
});

const resetPassword = createRoute({
  getParentRoute: () => root,
  path: "/auth/reset-password",
  validateSearch: mailed,
  component: lazyRouteComponent(() => import("@/features/identity/recovery-pages"), "ResetPasswordPage"),
});

const register = createRoute({
  getParentRoute: () => root,
  path: "/auth/register",
  component: lazyRouteComponent(() => import("@/features/identity/registration-pages"), "RegisterPage"),
});

const verifyEmail = createRoute({
  getParentRoute: () => root,
  path: "/auth/verify-email",
  validateSearch: mailed,
  component: lazyRouteComponent(() => import("@/features/identity/registration-pages"), "VerifyEmailPage"),
});

export const signedOutRoutes = [signIn, signedIn, forgotPassword, resetPassword, register, verifyEmail];
