<?php
/*
 * Signed URLs of Gcore, nginx (ClubEvent), Bits on the Run and PUSHR.
 *
 * $expiresAt is in whole Unix seconds. $url is percent-encoded, as a browser sends it.
 */

/** Opens a video's whole folder. $kind is "videos", or "cmaf" or "streams" for live. */
function gcore(
    string $baseUrl,
    string $clientId,
    string $videoId,
    string $secret,
    int $expiresAt,
    string $kind = 'videos',
    string $file = 'master.m3u8'
): string {
    $video = "{$clientId}_{$videoId}";
    $token = md5Base64Url("{$video}_{$secret}_{$expiresAt}_");
    return "$baseUrl/$kind/$video/$token/$expiresAt/$file";
}

/** Opens one file, where `secure_link_md5` is "$secure_link_expires$uri {secret}". */
function nginxSecureLink(string $url, string $secret, int $expiresAt): string
{
    $token = md5Base64Url($expiresAt . nginxUri($url) . " $secret");
    return withQuery($url, "token=$token&expires=$expiresAt");
}

/** Replaces the `secret` in the query of a ClubEvent link with a token and its expiry. */
function clubEvent(string $url, int $expiresAt): string
{
    [$bare, $query] = explode('?', $url, 2);
    $pairs = explode('&', $query);
    $secrets = array_filter($pairs, fn ($pair) => str_starts_with($pair, 'secret='));
    $rest = implode('&', array_diff($pairs, $secrets));
    $unsigned = $rest === '' ? $bare : "$bare?$rest";
    return nginxSecureLink($unsigned, urldecode(substr(reset($secrets), strlen('secret='))), $expiresAt);
}

/** Opens one file. The path is signed without its first slash. */
function bitsOnTheRun(string $url, string $secret, int $expiresAt): string
{
    $path = substr(parse_url($url, PHP_URL_PATH), 1);
    return withQuery($url, "exp=$expiresAt&sig=" . md5("$path:$expiresAt:$secret"));
}

/** Opens one file for one viewer's address. $path has a slash at both ends. */
function pushrFile(string $baseUrl, string $path, string $file, string $address, string $secret, int $expiresAt): string
{
    $token = md5Base64Url($secret . $expiresAt . $path . $file . $address);
    return "$baseUrl/$token/$expiresAt$path$file";
}

/** Opens a folder for one viewer's address, for HLS with relative links. */
function pushrTitle(string $baseUrl, string $path, string $file, string $address, string $secret, int $expiresAt): string
{
    $token = md5Base64Url($secret . $path . $address . $expiresAt);
    return "$baseUrl/$token/$expiresAt$path$file?pushr=$path";
}

function md5Base64Url(string $text): string
{
    return rtrim(strtr(base64_encode(md5($text, true)), '+/', '-_'), '=');
}

/** nginx's `$uri`: the path, decoded once, with dot segments resolved and slashes merged. */
function nginxUri(string $url): string
{
    $path = rawurldecode(parse_url($url, PHP_URL_PATH));
    $kept = [];
    foreach (explode('/', $path) as $segment) {
        if ($segment === '..') {
            array_pop($kept);
        } elseif ($segment !== '' && $segment !== '.') {
            $kept[] = $segment;
        }
    }
    $isFolder = $kept !== [] && preg_match('#/\.{0,2}$#', $path);
    return '/' . implode('/', $kept) . ($isFolder ? '/' : '');
}

function withQuery(string $url, string $pairs): string
{
    return $url . (str_contains($url, '?') ? '&' : '?') . $pairs;
}
