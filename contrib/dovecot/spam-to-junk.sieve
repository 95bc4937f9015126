# What ispfilter marked as spam. Forged marks of incoming mail are removed by
# the filter, so the field can be believed.
require ["fileinto", "mailbox"];

if anyof (header :contains "X-Spam" "Yes",
          header :contains "X-Spam-Flag" "YES") {
	fileinto :create "Junk";
	stop;
}
