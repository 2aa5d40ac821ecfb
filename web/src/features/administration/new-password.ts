// Without letters that look alike; 20 of 55 are 115 bits.
const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 20;

/** A password nobody guesses, in four groups that can be read out. */
export function newPassword(): string {
  const picked: string[] = [];
  while (picked.length < LENGTH) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    // The last, incomplete round of the alphabet would make some letters likelier.
    if (byte < 256 - (256 % LETTERS.length)) picked.push(LETTERS.charAt(byte % LETTERS.length));
  }
  return picked.join("").replace(/(.{5})(?!$)/g, "$1-");
}
