// Checks a CloudFormation template against the resource types that aws-cdk-lib knows: node check.js <template>. It is silent
// where all is well.
const { App, Stack } = require('aws-cdk-lib');
const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');

try {
  const app = new App({ analyticsReporting: false, context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  new CfnInclude(new Stack(app, 'checked'), 'template', { templateFile: process.argv[2] });
  app.synth();
} catch (problem) {
  console.error(problem.message);
  process.exitCode = 1;
}
