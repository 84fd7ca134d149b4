<?php
/* A signing endpoint: GCORE_SECRET=… php -S 127.0.0.1:3000 playback-url.php */

require __DIR__ . '/signers.php';

const LIFE_S = 60;
const VIDEOS = ['final-2026' => '3dk4NsRt6vWsffEr'];

/** Yours: whether this visitor may watch this video. */
function mayWatch(string $resource): bool
{
    return isset($_COOKIE['session']);
}

function answer(int $status, array $body): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    echo json_encode($body, JSON_UNESCAPED_SLASHES);
}

$resource = $_GET['resource'] ?? '';
if (!is_string($resource) || $resource === '') {
    answer(400, ['error' => 'The request names no resource.']);
} elseif (!isset(VIDEOS[$resource])) {
    answer(404, ['error' => 'There is no such video.']);
} elseif (!mayWatch($resource)) {
    answer(401, ['reason' => 'logged-out', 'message' => 'Please log in to watch this video.']);
} else {
    $expiresAt = time() + LIFE_S;
    $url = gcore('https://demo-protected.gvideo.io', '2675', VIDEOS[$resource], getenv('GCORE_SECRET'), $expiresAt);
    answer(200, ['url' => $url, 'expiresAt' => $expiresAt, 'serverTime' => microtime(true)]);
}
