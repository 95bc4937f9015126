# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Wild::Html;

# HTML as newsletters, office programs and swindlers write it today: tables in
# tables, comments for one mail program, hidden preheaders, and all that goes
# wrong on the way.
#
#	my $html = wild_html($chance, $text);

use strict;
use warnings;
use utf8;
use Exporter 'import';
use Ispfilter::Wild::Text qw(wild_obscure wild_url);

our @EXPORT_OK = qw(wild_html);

my @styles = ('font-size:0', 'font-size:1px;line-height:1px', 'display:none', 'display: none !important', 'visibility:hidden',
	'color:#ffffff;background-color:#FFFFFF', 'color:#fefefe', 'color:white;background:white', 'color:rgb(255, 255, 255)',
	'color:rgba(0,0,0,0)', 'color:transparent', 'max-height:0;overflow:hidden;mso-hide:all', 'opacity:0', 'color:#333;font:12px/18px Arial',
	'font-size:14pt;font-family:"Segoe UI",Calibri', 'COLOR: #F00', 'background:url(https://example.com/a.png) #fff;color:#fff',
	'font-size:large', 'font-size:200%', 'font-size:0.1em', 'color:hsl(0,0%,100%)', 'position:absolute;left:-9999px',
	'color:#fff', 'color:inherit', 'font-size:smaller', 'color: #123 ;', 'width:100%', 'color:#GGGGGG', 'color:navy;font-size:9px',
	'font-size:calc(1px + 0px)', 'color:var(--x, #fff)', ';;color:red;;', 'font-size:-1', 'font-size:+2');

my @fonts = ('color=white', 'color="#FFFFFF" size=1', 'size=-3', 'size="+4"', 'face="Wingdings"', 'color=#FFF', 'color=fffffe',
	'face="Arial, \'Helvetica\', sans-serif" size=2', 'color=chucknorris', 'size=0', 'face=Comic&nbsp;Sans');

my @asides = ('<!--[if mso]><table><tr><td width="600"><![endif]-->', '<!--[if !mso]><!--><div class="x"><!--<![endif]-->',
	'<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->',
	'<![if !mso]><span>shown</span><![endif]>', '<!-- a -- b -->', '<!-->', '<!--->', '<!-- unfinished', '<!>', '<?xml version="1.0"?>',
	'<![CDATA[ data <b>x</b> ]]>', '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
	'<style type="text/css">@media only screen and (max-width:600px){.a{width:100%!important}} td > p {color:red}</style>',
	'<style>.x{color:#fff}', '<script>var a = "</b>"; if (1 < 2) document.write("<a href=http://example.com/>x</a>");</script>',
	'<script type="application/ld+json">{"@type":"EmailMessage"}</script>', '<title>Offer &amp; more</title>', '<title></title>',
	'<title>x</title><title>y</title>', '<base href="https://www.example.org/base/">', '<base target="_blank">',
	'<meta http-equiv="refresh" content="0; url=https://example.com/go">', '<meta charset="utf-8">',
	'<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', '<link rel="stylesheet" href="https://fonts.example.com/css?family=Roboto">',
	'<o:p>&nbsp;</o:p>', '<v:roundrect href="https://example.com/vml" arcsize="10%"><w:anchorlock/><center>Go</center></v:roundrect>',
	'<svg width="1" height="1"><a xlink:href="https://example.com/svg"><text>x</text></a></svg>', '<noscript>none</noscript>',
	'<iframe src="https://example.com/frame"></iframe>', '<iframe srcdoc="<p>x</p>">', '<embed src="x.swf">', '<object data="https://example.com/o"></object>',
	'<form action="https://example.com/post.php" method="post"><input type="password" name="p"><button>OK</button></form>',
	'<form action="mailto:x@example.com">', '<map><area href="https://example.com/area"></map>', '<marquee>now</marquee>',
	'<x-y>custom</x-y>', '</table></table></p>', '<b><i>crossed</b></i>', '<p<b>', '< p>', '<3', '<a name=x>', '<br/ >', '<br / >', '<hr/>',
	'<td colspan=2 background="https://example.com/bg.png">', '<img src=cid:part1@example>', '<select><option>1<option>2</select>',
	'<picture><source srcset="https://example.com/s.webp"><img src="https://example.com/s.png"></picture>', '<video src="https://example.com/v.mp4"></video>',
	'&nbsp;&zwnj;&#847;&nbsp;&zwnj;&#847;', '&#8203;', '&shy;', '&copy; 2024', '&#x1F600;', '&#128512', '&eacute;t&eacute', '&bogus;', '&#0;', '&#55555555;', '&lt;script&gt;',
	'<center><blink>win</blink></center>', '<pre>  kept  </pre>', '<textarea>x <b>y</b></textarea>', '<plaintext>', '<xmp><b></xmp>', '<DIV STYLE=COLOR:RED>X</DIV>',
	'<div hidden>h</div>', '<table bgcolor=white><tr bgcolor="#FFF"><td><font color=white>h</font></table>', "<p\0>nul", "<i\n>n</i\n>");

sub html_escape
{
	my ($chance, $text) = @_;
	$text =~ s/&/&amp;/g if $chance->often(0.8);
	$text =~ s/</&lt;/g;
	$text =~ s/([^\x00-\x7f])/'&#' . ord($1) . ';'/ge if $chance->often(0.15);
	return $text;
}

sub html_link
{
	my ($chance, $text) = @_;
	my $url = wild_url($chance);
	$url =~ s/"/%22/g;
	$url =~ s/&/&amp;/g if $chance->often(0.6);
	$url = $chance->one(" $url ", "\n$url", $url =~ s{/}{/\n}r, $url =~ s/e/&#101;/gr, uc $url) if $chance->often(0.15);
	my $href = $chance->one(qq{href="$url"}, "href='$url'", "HREF=$url", qq{href = "$url"}, qq{data-x=1 href="$url" href="https://example.com/2"},
		qq{href="$url" style="} . $chance->one(@styles) . '"', qq{href="$url}, qq{data-saferedirecturl="https://www.google.com/url?q=$url" href="$url"},
		qq{target=_blank href="$url" rel=nofollow});
	$text = $chance->one($text, wild_url($chance), '<img src="https://example.com/i.png" width=1 height=1>', "<b>$text</b>", '',
		'https://www.example-bank.com/login');
	return "<a $href>$text" . $chance->one('</a>', '</a>', '</A >', '');
}

sub html_image
{
	my ($chance) = @_;
	my $size = $chance->one('width="1" height="1"', 'width=600 height=400', 'width="100%"', 'height=300', '', 'width=0 height=0', "style='width:1px;height:1px'");
	my $source = $chance->one('https://example.com/open.gif?id=' . $chance->word(10), 'cid:logo@example.com', 'data:image/png;base64,iVBORw0KGgo=', '//cdn.example.com/x.png',
		'images/x.png', 'https://example.com/a b.png');
	return qq{<img src="$source" $size alt="} . $chance->one('', 'Logo', 'QR code', wild_obscure($chance, 'scan me')) . '"' . $chance->one('>', '/>', ' />', '');
}

sub html_words
{
	my ($chance, $text) = @_;
	my $line = $chance->one(@{ $text->{lines} });
	$line =~ s/\b(account|password|offer|invoice|customer|free)\b/wild_obscure($chance, $1)/gie if $chance->often(0.3);
	return html_escape($chance, $line);
}

# A piece of a document; depth bounds the tables in it.
sub html_piece
{
	my ($chance, $text, $depth) = @_;
	my $way = $chance->below($depth > 0 ? 12 : 9);
	return '<p>' . html_words($chance, $text) . $chance->one('</p>', '') if $way < 2;
	return html_link($chance, html_words($chance, $text)) if $way < 4;
	return html_image($chance) if $way == 4;
	return $chance->one(@asides) if $way == 5;
	return '<' . $chance->one(qw(span div p td a font h1)) . ' style="' . $chance->one(@styles) . '">' . html_words($chance, $text) .
	    $chance->one('</span>', '</div>', '</p>', '</td>', '') if $way == 6;
	return '<font ' . $chance->one(@fonts) . '>' . html_words($chance, $text) . $chance->one('</font>', '') if $way == 7;
	return html_words($chance, $text) . $chance->one('<br>', '<br/>', '<br />', "\n", '&nbsp;') if $way == 8;
	return $chance->one('<table>', '<table width="600" cellpadding=0 bgcolor="#ffffff" role="presentation">', '<TABLE border=0 style="' . $chance->one(@styles) . '">') .
	    join('', map { '<tr><td>' . html_piece($chance, $text, $depth - 1) . $chance->one('</td></tr>', '') } 0 .. $chance->below(3)) . $chance->one('</table>', '')
	    if $way < 11;
	return '<ul>' . join('', map { '<li>' . html_piece($chance, $text, $depth - 1) } 0 .. $chance->below(3)) . '</ul>';
}

sub wild_html
{
	my ($chance, $text) = @_;
	my $out = $chance->one('', '<!DOCTYPE html>', '<!doctype html>') . $chance->one('<html>', '<html xmlns:v="urn:schemas-microsoft-com:vml" lang="' . $text->{language} . '">', '<HTML>', '') . "\n";
	$out .= '<head>' . join("\n", map { $chance->one(@asides) } 0 .. $chance->below(3)) . "</head>\n" if $chance->often(0.7);
	$out .= $chance->one('<body>', '<body bgcolor="#FFFFFF" text="black">', '<body style="margin:0;' . $chance->one(@styles) . '">', '<BODY background=https://example.com/b.gif>', '') . "\n";
	$out .= '<div style="display:none;font-size:1px;color:#ffffff;max-height:0">' . html_words($chance, $text) . '&zwnj;&nbsp;' x 20 . "</div>\n" if $chance->often(0.3);
	$out .= html_piece($chance, $text, 4) . $chance->one("\n", '', "\n\n") for 0 .. 3 + $chance->below(12);
	$out .= $chance->one('</body></html>', '</html>', '', "</body>\n</html>\n\n");
	return $out;
}

1;
