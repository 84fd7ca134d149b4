export default { test: { include: ['test/scratch.test.ts'] } }
