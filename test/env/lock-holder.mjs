// Holds the lock of a directory until it is killed. Arguments: where `src` is compiled, the directory.
const [, , compiled, directory] = process.argv
const {lockDirectory} = await import(`${compiled}/env/directory-lock.js`)
await lockDirectory(directory)
process.stdout.write('held')
setInterval(() => {}, 60_000)
