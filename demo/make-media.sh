#!/usr/bin/env bash
# Makes everything under demo/media: the film of the demo and the short clips of the engine tests.
# Needs ffmpeg (with libx264 and flite), the DejaVu fonts and node. Takes five to ten minutes on two cores.
#
#   demo/make-media.sh            all of it
#   demo/make-media.sh preview    a contact sheet of the film in ./preview.png, in seconds
set -euo pipefail
readonly started=$PWD demo=$(realpath "$(dirname "$0")")

readonly LENGTH=72 FPS=24 W=1280 H=720 SHORE=470
readonly FONTS=/usr/share/fonts/truetype/dejavu
# WORK=folder keeps the intermediate files there and reuses the drawn picture, which takes the longest.
work=$(realpath "${WORK:-$(mktemp -d)}")
[[ -n "${WORK:-}" ]] || trap 'rm -rf "$work"' EXIT
quiet=(ffmpeg -hide_banner -loglevel error -nostdin -y)
clean=(-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact)

# ---------------------------------------------------------------------------------------------------
# The picture: a lake at dawn. Stills drawn once by geq, colours computed per frame on a tiny canvas.
# ---------------------------------------------------------------------------------------------------

# Progress 0..1 of something that happens between two seconds, eased at both ends; uses register $1.
ease() { echo "st($1,clip((T-$2)/($3-$2),0,1));st($1,ld($1)*ld($1)*(3-2*ld($1)))"; }
readonly DAWN=$(ease 0 1 30) DAY=$(ease 1 30 70)
through() { echo "($1+($2-$1)*ld(0)+($3-$2)*ld(1))"; } # night, dawn, day

# The sun's height in rows of the picture; the sky's glow and the disc follow it.
sun_y() { echo "(505-345*$1/$LENGTH)"; }
readonly SUN_X=810

# One colour channel of the sky: at the zenith and at the shore, each by night, dawn and day, and the glow's strength.
sky() {
  echo "$DAWN;$DAY;st(2,pow(Y/(H-1),1.5));st(3,hypot((X*10-$SUN_X)*0.62,Y*10-$(sun_y T)));
    clip($(through "$1" "$2" "$3")*(1-ld(2))+$(through "$4" "$5" "$6")*ld(2)+$7*ld(0)*(exp(-ld(3)/95)+0.45*exp(-ld(3)/300)),0,255)"
}
# One colour channel of a mountain range, misty towards its foot: the air's colour, the rock's colour and how near it is.
range() {
  echo "$DAWN;$DAY;st(2,$7*(1-0.72*pow(clip((Y/(H-1)-$8)/(1-$8),0,1),2)));
    $(through "$1" "$2" "$3")*(1-ld(2))+$(through "$4" "$5" "$6")*ld(2)"
}
colours() { # width, height, red, green, blue
  echo "color=black:s=$1x$2:r=$RATE:d=$LENGTH,format=gbrp,geq=r='$3':g='$4':b='$5'"
}
mountains() { # near 0..1, where the range begins 0..1, scale
  colours 2 47 "$(range 44 236 232 7 52 58 "$1" "$2")" "$(range 54 146 214 10 34 82 "$1" "$2")" \
    "$(range 96 128 206 26 66 104 "$1" "$2")"
  echo ",scale=$W:$SHORE:flags=bicubic"
}
crest() { echo "(1-abs(sin((X+$3)/$2)))*$1"; } # height, length, phase
still() { "${quiet[@]}" -f lavfi -i "$1" -frames:v 1 "$work/$2.png"; }

draw_stills() {
  local spruce="st(0,X/9);st(1,floor(ld(0)));st(2,mod(abs(sin(ld(1)*12.9898)*43758.5),1));(6+22*ld(2))*(1-abs(2*(ld(0)-ld(1))-1))"
  mask() { still "color=black:s=$1x$SHORE,format=gray,geq=lum='255*clip(Y-($2)+0.5,0,1)'" "$3"; }
  mask $W "330-($(crest 150 290 520))-($(crest 46 97 11))-($(crest 17 37 5))-($(crest 7 15 2))" far
  mask $((W + 360)) "378-($(crest 120 340 120))-($(crest 34 83 40))-($(crest 12 29 9))" middle
  mask $((W + 620)) "420-($(crest 86 410 300))-($(crest 18 71 3))-($(crest 5 17 0))" near
  mask $((W + 1740)) "452-14*sin(X/260)-9*sin(X/97+1)-($spruce)" wood
  still "color=black:s=${W}x$SHORE,format=rgba,geq=r=255:g=250:b=235:
    a='gt(random(1),0.9988)*255*random(2)*pow(1-Y/H,0.6)',gblur=sigma=0.55:planes=8" stars
  still "color=black:s=130x130,format=rgba,geq=r=255:g='248-26*clip(hypot(X-65,Y-65)/40,0,1)':
    b='222-84*clip(hypot(X-65,Y-65)/40,0,1)':a='255*clip(41-hypot(X-65,Y-65),0,1)'" sun
  # A small sailing boat: hull, mast, mainsail, jib.
  still "color=black:s=88x112,format=rgba,geq=r=12:g=14:b=24:
    a='255*max(max(between(Y,92,104)*gte(X,10+(Y-92)*0.9)*lte(X,78-(Y-92)*0.6),between(X,42,43)*between(Y,6,92)),
      max(between(Y,12,86)*gte(X,45)*lte(X,45+(Y-12)*0.38),between(Y,24,86)*lte(X,40)*gte(X,40-(Y-24)*0.40)))',
    gblur=sigma=0.6:planes=8" boat
  still "color=black:s=60x60,format=rgba,geq=r=255:g=206:b=120:a='255*(exp(-hypot(X-30,Y-30)/5)*clip((30-hypot(X-30,Y-30))/10,0,1))'" lantern
}

scene() { # the filter graph, without any text; inputs 0..7 are the stills
  local drift="st(0,T);st(1,Y/H);st(2,pow(ld(1)+0.12,0.55))"
  local ripple_x="$drift;128+(2+11*ld(1))*sin(46/ld(2)+1.9*ld(0)+1.4*sin(X/31+0.7*ld(0)))*sin(X/(9+30*ld(1))+0.9*ld(0))"
  local ripple_y="$drift;128+(1+7*ld(1))*sin(58/ld(2)-2.3*ld(0)+sin(X/23-0.5*ld(0)))"
  cat <<GRAPH
$(colours 128 47 "$(sky 7 40 92 30 250 255 120)" "$(sky 10 46 150 42 146 214 84)" "$(sky 30 104 214 84 104 172 26)"),
  scale=$W:$SHORE:flags=bicubic,format=rgba[sky];
[4]fade=t=out:st=8:d=18:alpha=1[stars];
[0]format=gray[m0];[1]crop=$W:$SHORE:'trunc(t*5)':0,format=gray[m1];
[2]crop=$W:$SHORE:'trunc(t*8)':0,format=gray[m2];[3]crop=$W:$SHORE:'trunc(t*24)':0,format=gray[m3];
$(mountains 0.42 0.30)[c0];[c0][m0]alphamerge[r0];
$(mountains 0.62 0.45)[c1];[c1][m1]alphamerge[r1];
$(mountains 0.80 0.58)[c2];[c2][m2]alphamerge[r2];
$(colours 2 47 "$(range 44 236 232 5 22 20 0.97 0.99)" "$(range 54 146 214 7 18 34 0.97 0.99)" \
  "$(range 96 128 206 18 32 42 0.97 0.99)"),scale=$W:$SHORE[c3];[c3][m3]alphamerge[r3];
[sky][stars]overlay=format=gbrp[a];
[a][5]overlay=x=$SUN_X-65:y='$(sun_y t)-65':format=gbrp[b];
[b][r0]overlay=format=gbrp[c];[c][r1]overlay=format=gbrp[d];[d][r2]overlay=format=gbrp[e];[e][r3]overlay=format=gbrp,format=gbrp,split[land][mirror];
[mirror]crop=$W:400:0:$((SHORE - 400)),vflip,scale=$W:$((H - SHORE)),avgblur=1:planes=7:sizeY=2,colorchannelmixer=rr=0.80:gg=0.84:bb=0.92,format=gbrp[still];
color=black:s=320x64:r=$RATE:d=$LENGTH,format=gbrp,geq=r='$ripple_x':g='$ripple_x':b='$ripple_x',scale=$W:$((H - SHORE)),format=gbrp[rx];
color=black:s=320x64:r=$RATE:d=$LENGTH,format=gbrp,geq=r='$ripple_y':g='$ripple_y':b='$ripple_y',scale=$W:$((H - SHORE)),format=gbrp[ry];
[still][rx][ry]displace=edge=mirror[water];
[land][water]vstack,format=rgba[lake];
[6]split[up][down];
[down]vflip,scale=88:70,colorchannelmixer=aa=0.38[shade];
[lake][shade]overlay=x='-60+t*14.6':y='533+2*sin(t*0.9)':format=gbrp[f];
[f][up]overlay=x='-60+t*14.6':y='432+2*sin(t*0.9)':format=gbrp[g];
[7]fade=t=out:st=14:d=16:alpha=1[lamp];
[g][lamp]overlay=x='-44+t*14.6':y='494+2*sin(t*0.9)':format=gbrp,vignette=PI/5.2:mode=forward,
  scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709[film]
GRAPH
}

draw() { # frames per second, last filter, output options...
  RATE=$1
  local last=$2
  shift 2
  local inputs=()
  for name in far middle near wood stars sun boat lantern; do
    inputs+=(-loop 1 -framerate "$RATE" -t $LENGTH -i "$work/$name.png")
  done
  { scene && echo ";[film]$last[out]"; } >"$work/scene.txt"
  "${quiet[@]}" "${inputs[@]}" -filter_complex_script "$work/scene.txt" -map '[out]' "$@"
}
draw_stills
if [[ "${1:-}" == preview ]]; then
  draw 1/6 scale=640:-2,tile=3x4 -frames:v 1 "$started/preview.png"
  exit
fi

echo 'the picture' >&2
[[ -e "$work/picture.mkv" ]] || draw $FPS null -c:v libx264 -preset ultrafast -crf 8 -g $FPS "$work/picture.mkv"

# ---------------------------------------------------------------------------------------------------
# The sound: a slow progression of chords with a bell every ten seconds; a spoken commentary over the same.
# ---------------------------------------------------------------------------------------------------
chord() { # four frequencies; six seconds that swell, sound on and fade
  local voice='' note=0
  for hz in "$@"; do
    note=$((note + 1))
    voice+="+0.07*(sin(2*PI*$hz*t+0.3*sin(2*PI*4.6*t))+0.45*sin(2*PI*($hz+0.7)*t)+0.16*sin(4*PI*$hz*t))*(0.72+0.28*sin(2*PI*t/(1.7+0.4*$note)+$note))"
  done
  echo "aevalsrc='(${voice#+})*min(1,t/1.4)*min(1,(6.6-t)/2.2)':s=48000:d=6.6"
}
bell="aevalsrc='gte(t,10)*0.20*exp(-5*mod(t,10))*min(1,mod(t,10)*400)*(sin(2*PI*1318.51*t)+0.5*sin(2*PI*2637.02*t)*exp(-4*mod(t,10)))':s=48000:d=$LENGTH"
Am9="$(chord 110 164.81 246.94 261.63)" Fmaj7="$(chord 87.31 174.61 261.63 329.63)"
Cmaj9="$(chord 130.81 196 293.66 329.63)" G6="$(chord 98 196 246.94 329.63)" Dm9="$(chord 146.83 174.61 261.63 329.63)"
progression=("$Am9" "$Fmaj7" "$Cmaj9" "$G6" "$Am9" "$Dm9" "$Fmaj7" "$G6" "$Cmaj9" "$Fmaj7" "$G6" "$Cmaj9")
sounds=() graph='' names=''
for i in "${!progression[@]}"; do
  sounds+=(-f lavfi -i "${progression[i]}")
  graph+="[$i]adelay=$((i * 6000)):all=1[n$i];"
  names+="[n$i]"
done
echo 'the sound' >&2
"${quiet[@]}" "${sounds[@]}" -f lavfi -i "$bell" -filter_complex \
  "$graph$names[12]amix=inputs=13:normalize=0,lowpass=f=7000,aecho=0.9:0.7:90|170:0.22|0.14,volume=2.2,alimiter=limit=0.9,atrim=0:$LENGTH,afade=t=out:st=$((LENGTH - 2)):d=2" \
  "$work/english.wav"

# ---------------------------------------------------------------------------------------------------
# The words: subtitles and commentary from one table (from, to, subtitle; then what the commentator says).
# ---------------------------------------------------------------------------------------------------
cat >"$work/story.txt" <<'STORY'
1|5.5|At night, a token is born.|Welcome. This film lies behind an address that will not live for long.
7|11.5|It has a signature, an address,\nand an hour to die.|The token was signed a moment ago, on a server, with a secret.
13|17.5|“Sixty seconds,” said the server. “Use them well.”|It says which film you may see, and until when.
19|23.5|So it carried the first piece of the film across the lake.|Every two seconds, the player asks for another piece of film.
25|29.5|And then the next. And the next.|Each time, the server at the other shore looks at the token.
31|35.5|Halfway over, it saw its own expiry rise\nbehind the mountains.|Watch the ridge on the right. That glow is the expiry date.
37|41.5|Nobody in the audience noticed anything.|About now, the player asks for a new token, well ahead of time.
43|47.5|On the shore, another token was being signed.|The old one still works. Nobody has to wait.
49|53.5|They met at sunrise, in the middle of a request.|Did you see the change? Neither did we.
55|59.5|“I'll take it from here,” said the new one.|The picture did not stop, and nothing was loaded twice.
61|65.5|And the film went on, at the same frame.|The old token has expired. The film does not care.
67|71.5|The old token slept. 410. Gone.|Thank you for watching. Please refresh responsibly.
STORY
vtt_time() { awk -v t="$1" 'BEGIN { printf "00:%02d:%06.3f", t / 60, t - 60 * int(t / 60) }'; }
subtitles() { # from, to: the cues that begin there
  while IFS='|' read -r from to text _; do
    awk "BEGIN { exit !($from >= $1 && $from < $2) }" || continue
    printf '\n%s --> %s\n%b\n' "$(vtt_time "$from")" "$(vtt_time "$to")" "$text"
  done <"$work/story.txt"
}

sounds=() graph='' names='' i=0
while IFS='|' read -r from _ _ spoken; do
  printf '%s' "$spoken" >"$work/spoken-$i.txt"
  sounds+=(-f lavfi -i "flite=textfile=$work/spoken-$i.txt:voice=slt")
  graph+="[$((i + 1))]aresample=48000,adelay=$(awk "BEGIN { print $from * 1000 }"):all=1[s$i];"
  names+="[s$i]"
  i=$((i + 1))
done <"$work/story.txt"
"${quiet[@]}" -i "$work/english.wav" "${sounds[@]}" -filter_complex \
  "${graph}[0]volume=0.16[music];[music]${names}amix=inputs=$((i + 1)):normalize=0:duration=first,alimiter=limit=0.9" "$work/commentary.wav"

# ---------------------------------------------------------------------------------------------------
# The film: CMAF in two qualities, two audio tracks, subtitles; an MPD over the same segments; one MP4; a poster.
# ---------------------------------------------------------------------------------------------------
printf '%s' '%{eif:trunc(t/60):d:2}:%{eif:mod(trunc(t),60):d:2}.%{eif:mod(t*1000+0.01,1000):d:3}' >"$work/clock.txt"
printf '%s' 'THE SHORT LIFE OF A TOKEN' >"$work/title.txt"
words() { # height of the picture, the clock's share of it: the running clock, and the title at the start
  local look="fontcolor=white:shadowcolor=black@0.5:shadowx=$(($1 / 360)):shadowy=$((($1 + 359) / 360))"
  echo "drawtext=fontfile=$FONTS/DejaVuSansMono.ttf:textfile=$work/clock.txt:fontsize=h/$2:$look:x=w-tw-h/18:y=h/18,
    drawtext=fontfile=$FONTS/DejaVuSerif.ttf:textfile=$work/title.txt:expansion=none:fontsize=h/19:$look:x=(w-tw)/2:y=h*0.2:
    alpha='clip((t-0.5)/1.2,0,1)*clip((6-t)/1.2,0,1)'"
}
closed_gop=(-g $((2 * FPS)) -keyint_min $((2 * FPS)) -sc_threshold 0 -x264-params open-gop=0:rc-lookahead=48 -bf 0)
h264=(-c:v libx264 -preset veryslow -tune animation "${closed_gop[@]}" -pix_fmt yuv420p)
vod=(-f hls -hls_time 2 -hls_playlist_type vod -hls_flags independent_segments)
cmaf=("${vod[@]}" -hls_segment_type fmp4 -hls_fmp4_init_filename init.mp4)

# Made in the work folder and put in place at the very end, so that a server or test in between finds whole films.
cd "$work"
rm -rf media
mkdir -p media/film/{360p,720p,english,commentary,subtitles}

rendition() { # height, profile, level, crf, most kbit/s
  echo "$1p" >&2
  "${quiet[@]}" -i "$work/picture.mkv" -vf "scale=-2:$1:flags=lanczos,$(words "$1" 17)" -an "${h264[@]}" -profile:v "$2" -level "$3" \
    -crf "$4" -maxrate "$5k" -bufsize "$(($5 * 2))k" "${clean[@]}" "$work/$1.mp4"
  (cd "media/film/$1p" && "${quiet[@]}" -i "$work/$1.mp4" -c copy "${clean[@]}" "${cmaf[@]}" -hls_segment_filename '%03d.m4s' playlist.m3u8)
}
sound() { # name, channels, kbit/s
  "${quiet[@]}" -i "$work/$1.wav" -t 71.96 -c:a aac -b:a "$3k" -ac "$2" "${clean[@]}" "$work/$1.m4a"
  (cd "media/film/$1" && "${quiet[@]}" -i "$work/$1.m4a" -c copy "${clean[@]}" "${cmaf[@]}" -hls_segment_filename '%03d.m4s' playlist.m3u8)
}
rendition 360 main 3.0 26 220
rendition 720 high 3.1 27 420
sound english 2 48
sound commentary 1 32

echo 'the playlists' >&2
for second in 0 12 24 36 48 60; do
  printf 'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n%s\n' "$(subtitles $second $((second + 12)))" \
    >"media/film/subtitles/$(printf %03d $((second / 12))).vtt"
done
printf 'WEBVTT\n%s\n' "$(subtitles 0 $LENGTH)" >media/film/subtitles/film.vtt
{
  printf '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:12\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n'
  for part in 0 1 2 3 4 5; do printf '#EXTINF:12.000,\n%03d.vtt\n' $part; done
  echo '#EXT-X-ENDLIST'
} >media/film/subtitles/playlist.m3u8

rate() { # folder of segments, "peak" or "mean": bits per second
  awk -F'[:,]' '/^#EXTINF/ { print $2 }' "$1/playlist.m3u8" | paste - <(cd "$1" && stat -c %s [0-9]*) |
    awk -v want="$2" '$1 > 1 && $2 * 8 / $1 > peak { peak = $2 * 8 / $1 } { bits += $2 * 8; time += $1 }
      END { printf "%d", want == "peak" ? peak + 1 : bits / time }'
}
avc() { # a file with an avcC box: its codec string
  node -p 'const file = fs.readFileSync(process.argv[1]); const at = file.indexOf("avcC") + 5
    "avc1." + file.subarray(at, at + 3).toString("hex").toUpperCase()' "$1"
}
variant() { # height, width
  local each
  for each in peak mean; do
    local "$each=$(($(rate "media/film/$1p" $each) + $(rate media/film/english $each)))"
  done
  echo "#EXT-X-STREAM-INF:BANDWIDTH=$peak,AVERAGE-BANDWIDTH=$mean,CODECS=\"$(avc "media/film/$1p/init.mp4"),mp4a.40.2\",RESOLUTION=$2x$1,FRAME-RATE=$FPS.000,AUDIO=\"sound\",SUBTITLES=\"words\",CLOSED-CAPTIONS=NONE"
  echo "$1p/playlist.m3u8"
}
{
  cat <<'MASTER'
#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="english/playlist.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Commentary",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=NO,CHANNELS="1",URI="commentary/playlist.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="words",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="subtitles/playlist.m3u8"
MASTER
  variant 360 640
  variant 720 1280
} >media/film/master.m3u8

representation() { # folder, attributes: the same segments for DASH
  echo "      <Representation id=\"$1\" bandwidth=\"$(rate "media/film/$1" peak)\" $2>"
  echo "        <SegmentTemplate timescale=\"48000\" initialization=\"$1/init.mp4\" media=\"$1/\$Number%03d\$.m4s\" startNumber=\"0\">"
  echo '          <SegmentTimeline>'
  awk -F'[:,]' '/^#EXTINF/ { print int($2 * 48000 + 0.5) }' "media/film/$1/playlist.m3u8" | uniq -c |
    awk '{ printf "            <S d=\"%d\" r=\"%d\"/>\n", $2, $1 - 1 }'
  printf '          </SegmentTimeline>\n        </SegmentTemplate>\n      </Representation>\n'
}
{
  cat <<MPD
<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011" mediaPresentationDuration="PT${LENGTH}S" minBufferTime="PT4S">
  <Period start="PT0S">
    <AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" frameRate="$FPS">
$(representation 360p "codecs=\"$(avc media/film/360p/init.mp4)\" width=\"640\" height=\"360\"")
$(representation 720p "codecs=\"$(avc media/film/720p/init.mp4)\" width=\"1280\" height=\"720\"")
    </AdaptationSet>
    <AdaptationSet contentType="audio" mimeType="audio/mp4" lang="en" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
$(representation english 'codecs="mp4a.40.2" audioSamplingRate="48000"')
    </AdaptationSet>
    <AdaptationSet contentType="audio" mimeType="audio/mp4" lang="en" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="commentary"/>
$(representation commentary 'codecs="mp4a.40.2" audioSamplingRate="48000"')
    </AdaptationSet>
  </Period>
</MPD>
MPD
} >media/film/manifest.mpd

"${quiet[@]}" -i "$work/360.mp4" -i "$work/english.m4a" -c copy "${clean[@]}" -movflags +faststart media/film/film.mp4
"${quiet[@]}" -ss 46.375 -i "$work/picture.mkv" -frames:v 1 -vf format=yuvj420p -q:v 5 "${clean[@]}" media/film/poster.jpg

# ---------------------------------------------------------------------------------------------------
# The clips: twelve seconds of the film in the forms that an engine has to cope with.
# ---------------------------------------------------------------------------------------------------
echo 'the clips' >&2
mkdir -p media/clips/{ts,aes,byterange,cea608}
excerpt=(-ss 36 -t 12)
# The offset makes up for the encoder's first, silent frame: without it the sound would begin 21 ms before the picture.
"${quiet[@]}" "${excerpt[@]}" -i "$work/picture.mkv" "${excerpt[@]}" -itsoffset 0.0213334 -i "$work/english.wav" -vf "scale=320:180:flags=lanczos,$(words 180 9)" \
  "${h264[@]}" -aud 1 -profile:v main -level 1.3 -crf 31 -maxrate 60k -bufsize 120k -c:a aac -b:a 20k -ac 1 -t 11.98 "${clean[@]}" "$work/clip.mp4"

clip() { # name, the file, further options: a media playlist and a master of one variant
  local name=$1 file=$2
  shift 2
  (cd "media/clips/$name" && "${quiet[@]}" -i "$file" -c copy "${clean[@]}" "${vod[@]}" "$@" playlist.m3u8)
  local captions='' media=''
  [[ $name == cea608 ]] && captions=',CLOSED-CAPTIONS="cc"' &&
    media='#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,INSTREAM-ID="CC1"'$'\n'
  printf '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n%s#EXT-X-STREAM-INF:BANDWIDTH=120000,CODECS="%s,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=%s.000%s\nplaylist.m3u8\n' \
    "$media" "$(avc "$work/clip.mp4")" "$FPS" "$captions" >"media/clips/$name/master.m3u8"
}
clip ts "$work/clip.mp4" -hls_segment_filename '%03d.ts'
printf 'signed-url-demo!' >media/clips/aes/key.bin
printf 'key.bin\n%s/media/clips/aes/key.bin\n' "$PWD" >"$work/key.txt"
clip aes "$work/clip.mp4" -hls_key_info_file "$work/key.txt" -hls_segment_filename '%03d.ts'
clip byterange "$work/clip.mp4" -hls_segment_type fmp4 -hls_flags independent_segments+single_file -hls_segment_filename film.mp4

# CEA-608 captions are pairs of bytes that ride in the pictures themselves (SEI, ATSC A/53 part 4): no ffmpeg can write them.
"${quiet[@]}" -i "$work/clip.mp4" -map 0:v -c copy -bsf:v h264_mp4toannexb "$work/clip.h264"
node - "$work/clip.h264" "$work/captioned.h264" "$FPS" <<'JS'
const { readFileSync, writeFileSync } = require('node:fs')
const [from, to, fps] = process.argv.slice(2)
const cues = [
  [2, 4, ['These captions travel', 'inside the picture.']],
  [5, 8, ['No request is made for them.']],
  [9, 11, ['So no token is needed either.']],
]
// Pop-on captions, field 1, channel 1: written unseen (RCL, ENM, row, text), shown by EOC, cleared by EDM.
const twice = (code) => [[0x14, code], [0x14, code]]
const text = (line) => (line.length % 2 ? `${line}\0` : line).match(/.{2}/gs).map((two) => [...Buffer.from(two)])
const pairs = new Map() // frame -> pair of bytes
const put = (frame, codes) => codes.forEach((pair, i) => pairs.set(frame + i, pair))
for (const [start, end, lines] of cues) {
  const rows = lines.length === 2 ? [0x50, 0x70] : [0x70] // rows 14 and 15
  const load = [...twice(0x20), ...twice(0x2e), ...lines.flatMap((line, i) => [...twice(rows[i]), ...text(line)])]
  put(start * fps - load.length, load)
  put(start * fps, twice(0x2f))
  put(end * fps, twice(0x2c))
}
const oddParity = (byte) => byte | (byte.toString(2).replaceAll('0', '').length % 2 ? 0 : 0x80)
const sei = (pair) => {
  const message = [0xb5, 0, 0x31, ...Buffer.from('GA94'), 3, 0xc1, 0xff, 0xfc, ...pair.map(oddParity), 0xff]
  const bytes = Buffer.from([4, message.length, ...message, 0x80])
  const escaped = Buffer.from(bytes.toString('latin1').replace(/\0\0(?=[\0-\x03])/g, '\0\0\x03'), 'latin1')
  return Buffer.concat([Buffer.from([0, 0, 0, 1, 6]), escaped])
}
const stream = readFileSync(from)
const out = []
let frame = 0
let copied = 0
for (let at = stream.indexOf('000001', 0, 'hex'); at >= 0; at = stream.indexOf('000001', at + 3, 'hex')) {
  const isFirstSlice = [1, 5].includes(stream[at + 3] & 31) && stream[at + 4] & 0x80 // first_mb_in_slice is 0
  if (!isFirstSlice) continue
  const start = stream[at - 1] === 0 ? at - 1 : at
  out.push(stream.subarray(copied, start), sei(pairs.get(frame) ?? [0, 0]))
  copied = start
  frame++
}
writeFileSync(to, Buffer.concat([...out, stream.subarray(copied)]))
JS
"${quiet[@]}" -r "$FPS" -i "$work/captioned.h264" -i "$work/clip.mp4" -map 0:v -map 1:a -c copy "${clean[@]}" "$work/captioned.ts"
clip cea608 "$work/captioned.ts" -hls_segment_filename '%03d.ts'

rm -rf "$demo"/media/{film,clips}
mkdir -p "$demo/media"
cp -r media/film media/clips "$demo/media/"
du -bh --max-depth=2 "$demo/media" >&2
