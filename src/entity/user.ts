/** An account. Stored at `P/user/<name>`; the password as a scrypt hash, or in plain text where a real Vearch wrote it. */
export interface User {
  readonly name: string
  readonly password?: string
  readonly role_name?: string
}
