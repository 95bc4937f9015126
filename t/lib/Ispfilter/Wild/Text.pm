# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Wild::Text;

# What mails say: sentences of many languages with the charsets they are sent
# in, sentences of swindlers, and the ways of writing that hide words.
#
#	my $text = wild_text($chance);   # { charset, lines, subject }
#	my $obscure = wild_obscure($chance, 'password');

use strict;
use warnings;
use utf8;
use Exporter 'import';

our @EXPORT_OK = qw(wild_text wild_obscure wild_url wild_host);

# Charsets as they are declared, each with the name that Encode knows.
my %charsets = (
	en => [qw(us-ascii utf-8 iso-8859-1 windows-1252 UTF-8)],
	de => [qw(iso-8859-1 utf-8 iso-8859-15 windows-1252)],
	fr => [qw(iso-8859-1 utf-8 windows-1252 iso-8859-15)],
	es => [qw(utf-8 iso-8859-1)], pt => [qw(utf-8 iso-8859-1)],
	pl => [qw(iso-8859-2 windows-1250 utf-8)],
	cs => [qw(iso-8859-2 windows-1250 utf-8)],
	tr => [qw(iso-8859-9 windows-1254 utf-8)],
	ru => [qw(koi8-r windows-1251 utf-8 iso-8859-5 cp866)],
	uk => [qw(koi8-u windows-1251 utf-8)],
	el => [qw(iso-8859-7 windows-1253 utf-8)],
	he => [qw(windows-1255 iso-8859-8-i utf-8 iso-8859-8)],
	ar => [qw(windows-1256 iso-8859-6 utf-8)],
	fa => [qw(utf-8)], hi => [qw(utf-8)], th => [qw(tis-620 windows-874 utf-8)],
	ja => [qw(iso-2022-jp shift_jis euc-jp utf-8)],
	ko => [qw(euc-kr ks_c_5601-1987 utf-8)],
	zh => [qw(gb2312 gbk gb18030 utf-8 hz-gb-2312)],
	tw => [qw(big5 utf-8)], vi => [qw(utf-8 windows-1258)],
	ka => [qw(utf-8)], am => [qw(utf-8)], emoji => [qw(utf-8)],
);

my %sentences = (
	en => ['Dear customer, your parcel could not be delivered.', 'Please confirm your account within 24 hours.',
		'The meeting moves to Thursday at ten.', 'Thanks for the draft; I have three small remarks.',
		'You have been selected to receive $4,500,000.00 USD.', 'Unsubscribe here if you want no more of this.',
		'Act now! This offer ends today, 100% free.', 'See the attached invoice no. 4711 for details.',
		'I am a widow and want to donate my late husband\'s funds.', 'Your mailbox is almost full (98%).',
		'We recorded you through your camera; send 0.5 Bitcoin to bc1qexampleexampleexample.', 'Best regards'],
	de => ['Sehr geehrte Kundin, Ihr Konto wurde eingeschränkt.', 'Grüße aus Köln, bis übermorgen!', 'Die Rechnung über 19,90 € liegt bei.',
		'Jetzt kostenlos anmelden und 50 % sparen.'],
	fr => ['Votre colis est arrivé à l’entrepôt.', 'Cliquez ici pour vérifier vos coordonnées bancaires.', 'À bientôt, bien à vous.'],
	es => ['Estimado cliente, su contraseña caducará mañana.', '¡Enhorabuena! Ha ganado un premio.', 'Nos vemos el miércoles.'],
	pt => ['Prezado cliente, sua fatura está disponível.', 'Promoção: até 70% de desconto em eletrônicos.'],
	pl => ['Państwa przesyłka oczekuje na dopłatę.', 'Zażółć gęślą jaźń.', 'Zaloguj się, aby potwierdzić.'],
	cs => ['Vážený zákazníku, zásilka čeká na zaplacení cla.', 'Příští schůzka je ve čtvrtek.'],
	tr => ['Sayın müşterimiz, hesabınız askıya alındı.', 'İyi günler, görüşmek üzere.'],
	ru => ['Уважаемый клиент, ваш счёт заблокирован.', 'Поздравляем! Вы выиграли приз.', 'Завтра встречаемся в десять.', 'Отписаться от рассылки.'],
	uk => ['Шановний клієнте, вашу посилку затримано.', 'Зустріч о десятій годині.'],
	el => ['Αγαπητέ πελάτη, ο λογαριασμός σας έχει ανασταλεί.', 'Καλημέρα και καλή εβδομάδα.'],
	he => ['לקוח יקר, החבילה שלך ממתינה.', 'ניפגש מחר בעשר.'],
	ar => ['عزيزي العميل، تم تعليق حسابك.', 'نلتقي غدا في العاشرة.'],
	fa => ['مشتری گرامی، بسته شما آماده است.', 'فردا ساعت ده.'],
	hi => ['प्रिय ग्राहक, आपका खाता निलंबित है।', 'कल दस बजे मिलते हैं।'],
	th => ['เรียนลูกค้า บัญชีของคุณถูกระงับ', 'พบกันพรุ่งนี้สิบโมง'],
	ja => ['お客様のアカウントは制限されています。', '明日十時に会いましょう。', '配信停止はこちら', '重要なお知らせ'],
	ko => ['고객님의 계정이 제한되었습니다.', '내일 열 시에 만나요.', '수신거부'],
	zh => ['尊敬的客户,您的帐户已被限制。', '明天十点见。', '点击这里领取奖品', '发票已开具'],
	tw => ['親愛的客戶,您的帳戶已被限制。', '明天十點見。', '請點選以下連結'],
	vi => ['Kính gửi quý khách, tài khoản của bạn đã bị khóa.', 'Hẹn gặp ngày mai.'],
	ka => ['ძვირფასო მომხმარებელო, თქვენი ანგარიში შეჩერებულია.'],
	am => ['ውድ ደንበኛ፣ መለያዎ ታግዷል።'],
	emoji => ['🎉🎁 Your reward is waiting 🎁🎉', '⚠️ Security alert ⚠️', '👩‍💻 Work from home ✅ 💰💰'],
);

sub wild_text
{
	my ($chance) = @_;
	my $language = $chance->often(0.3) ? 'en'
	    : $chance->one(sort keys %sentences);
	my @known = @{ $sentences{$language} };
	push @known, @{ $sentences{en} } if $chance->often(0.4);
	my @lines = $chance->some(2 + $chance->below(6), @known);
	push @lines, wild_url($chance) while $chance->often(0.4);
	return { charset => $chance->one(@{ $charsets{$language} }),
		language => $language, lines => \@lines,
		subject => $chance->one(@known) };
}

my %alike = (a => 'а', e => 'е', o => 'о', p => 'р', c => 'с', x => 'х', i => 'і', y => 'у',
	A => 'Α', B => 'Β', E => 'Ε', O => 'Ο', l => 'ⅼ', s => 'ѕ');

# A word as those write it who do not want it to be found.
sub wild_obscure
{
	my ($chance, $word) = @_;
	my @letters = split //, $word;
	my $way = $chance->below(9);
	return join '', map { $alike{$_} // $_ } @letters if $way == 0;
	return join $chance->one("\x{200b}", "\x{200c}", "\x{200d}", "\x{2060}", "\x{feff}", "\x{ad}", "\x{34f}"),
	    @letters if $way == 1;
	return join $chance->one('.', ' ', '_', '-', '*'), @letters if $way == 2;
	return join '', map { /[!-~]/ ? chr(0xfee0 + ord) : $_ } @letters
	    if $way == 3;
	return join '', map { /[a-z]/ ? chr(0x1d41a + ord($_) - 97) : $_ } @letters
	    if $way == 4;
	return "\x{202e}" . reverse($word) . "\x{202c}" if $way == 5;
	return $word =~ tr/aeio/4310/r if $way == 6;
	return join '', map { "$_\x{301}" } @letters if $way == 7;
	return join '', map { $chance->often(0.5) ? uc : $_ } @letters;
}

my @hosts = qw(www.example.com example.net mail.example.org shop.example.co.uk login.example-bank.com
	xn--bcher-kva.example.com xn--80ak6aa92e.com bit.ly t.co sites.google.com storage.googleapis.com
	forms.gle docs.google.com example.onmicrosoft.com my-site.weebly.com example.top example.xyz
	cdn.example.shop example.click pages.dev.example.dev ipfs.io 192.0.2.77 0xc0.0x00.0x02.0x01
	3221226219 example.ru пример.рф bücher.example.com EXAMPLE.COM www.example.com. localhost
	example.amazonaws.com my_bucket.s3.amazonaws.com a.b.c.d.e.example.info);

sub wild_host
{
	my ($chance) = @_;
	return $chance->one(@hosts);
}

sub wild_url
{
	my ($chance) = @_;
	my $host = wild_host($chance);
	my $word = $chance->word(4 + $chance->below(12));
	my $target = $chance->one('https%3A%2F%2F', 'http://', 'https://', 'https:/') . wild_host($chance) . "/$word";
	return $chance->one(
		"https://$host/$word", "http://$host/$word?utm_source=a&utm_medium=b", "https://$host",
		"$host/$word", "www.example.com/$word.html", "HTTPS://$host/%7E$word/%2e%2E/x",
		"https://www.google.com/url?q=$target&sa=D", "https://$host/r?u=$target",
		"https://nam02.safelinks.protection.outlook.com/?url=$target&data=05%7C01",
		"https://urldefense.com/v3/__https://$host/${word}__;!!Abc!x\$",
		"https://user:secret\@$host:8443/$word#top", "http:\\\\$host\\$word", "//$host/$word",
		"http://$host:80/a b", "https://$host/$word)", "<https://$host/$word>", "($host)", "mailto:$word\@$host?subject=x",
		"$word\@example.org", "ftp://$host/$word", "hxxp://$host/$word", "http://$host/?a=1&amp;b=2;c",
		"https://translate.google.com/translate?u=$target", "https://$host/&#x2f;$word", "tel:+4930123456",
		"https://web.archive.org/web/2020/$target", "https://l.facebook.com/l.php?u=$target&h=A",
		"https://$host/" . ('a' x $chance->below(300)), "https://$host/\x{2026}", "https://ex\x{ad}ample.com/$word",
		"http://www.example.com/cgi?x=http://$host/y?z=http://www.example.org/", "javascript:alert(1)", "news:$word");
}

1;
