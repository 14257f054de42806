// What is tested: a function that changes files, and takes the file system to change them in.

/**
 * Gives a site another title, and takes away what was made from the old one.
 * @param {Pick<typeof import('node:fs').promises, 'readFile' | 'writeFile' | 'rm'>} fs
 * @param {string} site its directory
 * @param {string} title
 */
export async function renameSite(fs, site, title) {
  const settings = JSON.parse(await fs.readFile(`${site}/settings.json`, 'utf8'));
  if (title === '') throw new Error('A site has a title.');
  await fs.writeFile(`${site}/settings.json`, `${JSON.stringify({ ...settings, title })}\n`);
  const page = await fs.readFile(`${site}/index.html`, 'utf8');
  await fs.writeFile(
    `${site}/index.html`,
    page.replace(/<h1>.*<\/h1>/, () => `<h1>${title}</h1>`),
  );
  await fs.rm(`${site}/cache`, { recursive: true, force: true });
}
