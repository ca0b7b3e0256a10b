const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Returns the page that says why a sign-in failed. */
export function failedSignIn(reason: string): string {
  const text = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`.replaceAll(
    /[&<>"]/g,
    (character) => ENTITIES[character] ?? '',
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Holdfast: not signed in</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/page.css">
</head>
<body>
<main class="sign-in">
<div class="card">
<h1>Not signed in</h1>
<p class="banner bad" role="alert">${text}</p>
<p><a href="/">Back to the sign-in</a></p>
</div>
</main>
</body>
</html>
`;
}
