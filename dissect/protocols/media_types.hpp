// Which protocol a content type names above HTTP, as Wireshark 4.0 has it: found out by asking it for 3,143 types of the
// system's lists. What is not here is `media`; kForeign are protocols of Wireshark that are not ours. Constant; any thread.
#pragma once
#include <algorithm>
#include <iterator>
#include <string_view>

#include "dissect/protocol.hpp"

namespace wiretail::dissect::media {

inline constexpr ProtoId kForeign = kNoProto;

struct TypeName {
  std::string_view type;
  ProtoId proto;
};

// Sorted by type.
using namespace id;
inline constexpr TypeName kTypes[] = {
    {"application/3gpp-ims+xml", kXml}, {"application/atom+xml", kXml}, {"application/auth-policy+xml", kXml}, {"application/cbor", kForeign},
    {"application/cbor-seq", kForeign}, {"application/ccmp+xml", kXml}, {"application/conference-info+xml", kXml}, {"application/cose", kForeign},
    {"application/cose-key", kForeign}, {"application/cose-key-set", kForeign}, {"application/cpim-pidf+xml", kXml}, {"application/cpl+xml", kXml},
    {"application/dds-web+json", kJson}, {"application/dns-message", kForeign}, {"application/grpc", kForeign}, {"application/grpc+proto", kForeign},
    {"application/grpc-web", kForeign}, {"application/grpc-web-text", kForeign}, {"application/im-iscomposing+xml", kXml}, {"application/ipp", kForeign},
    {"application/isup", kForeign}, {"application/json", kJson}, {"application/json-patch+json", kJson}, {"application/json-rpc", kJson},
    {"application/jsonrequest", kJson}, {"application/load-control+xml", kXml}, {"application/mathml+xml", kXml}, {"application/media_control+xml", kXml},
    {"application/mediaservercontrol+xml", kXml}, {"application/merge-patch+json", kJson}, {"application/mikey", kForeign}, {"application/ms-tnef", kForeign},
    {"application/note+xml", kXml}, {"application/ocsp-request", kForeign}, {"application/ocsp-response", kForeign}, {"application/octet-stream", kData},
    {"application/pidf+xml", kXml}, {"application/pidf-diff+xml", kXml}, {"application/pkcs10", kForeign}, {"application/pkcs7-mime", kForeign},
    {"application/pkcs7-signature", kForeign}, {"application/pkix-cert", kForeign}, {"application/pkix-crl", kForeign}, {"application/pkixcmp", kForeign},
    {"application/poc-settings+xml", kXml}, {"application/problem+json", kJson}, {"application/qsig", kForeign}, {"application/rdf+xml", kXml},
    {"application/reginfo+xml", kXml}, {"application/resource-lists+xml", kXml}, {"application/rlmi+xml", kXml}, {"application/rls-services+xml", kXml},
    {"application/rs-metadata+xml", kXml}, {"application/rss+xml", kXml}, {"application/sdp", kForeign}, {"application/senml+cbor", kForeign},
    {"application/senml+json", kJson}, {"application/sensml+cbor", kForeign}, {"application/sensml+json", kJson}, {"application/simple-filter+xml", kXml},
    {"application/smil", kXml}, {"application/soap+xml", kXml}, {"application/timestamp-query", kForeign}, {"application/timestamp-reply", kForeign},
    {"application/vnd.3gpp-prose+xml", kXml}, {"application/vnd.3gpp-prose-pc3ch+xml", kXml}, {"application/vnd.3gpp.access-transfer-events+xml", kXml},
    {"application/vnd.3gpp.bsf+xml", kXml}, {"application/vnd.3gpp.cw+xml", kXml}, {"application/vnd.3gpp.mcdata-affiliation-command+xml", kXml},
    {"application/vnd.3gpp.mcdata-info+xml", kXml}, {"application/vnd.3gpp.mcdata-regroup+xml", kXml}, {"application/vnd.3gpp.mcdata-service-config+xml", kXml},
    {"application/vnd.3gpp.mcdata-ue-config+xml", kXml}, {"application/vnd.3gpp.mcdata-user-profile+xml", kXml},
    {"application/vnd.3gpp.mcptt-affiliation-command+xml", kXml}, {"application/vnd.3gpp.mcptt-floor-request+xml", kXml},
    {"application/vnd.3gpp.mcptt-info+xml", kXml}, {"application/vnd.3gpp.mcptt-location-info+xml", kXml},
    {"application/vnd.3gpp.mcptt-mbms-usage-info+xml", kXml}, {"application/vnd.3gpp.mcptt-service-config+xml", kXml},
    {"application/vnd.3gpp.mcptt-signed+xml", kXml}, {"application/vnd.3gpp.mcptt-ue-config+xml", kXml},
    {"application/vnd.3gpp.mcptt-ue-init-config+xml", kXml}, {"application/vnd.3gpp.mcptt-user-profile+xml", kXml},
    {"application/vnd.3gpp.mcvideo-affiliation-command+xml", kXml}, {"application/vnd.3gpp.mcvideo-info+xml", kXml},
    {"application/vnd.3gpp.mcvideo-location-info+xml", kXml}, {"application/vnd.3gpp.mcvideo-mbms-usage-info+xml", kXml},
    {"application/vnd.3gpp.mcvideo-service-config+xml", kXml}, {"application/vnd.3gpp.mcvideo-ue-config+xml", kXml},
    {"application/vnd.3gpp.mcvideo-user-profile+xml", kXml}, {"application/vnd.3gpp.mid-call+xml", kXml}, {"application/vnd.3gpp.sms", kForeign},
    {"application/vnd.3gpp.sms+xml", kXml}, {"application/vnd.3gpp.srvcc-ext+xml", kXml}, {"application/vnd.3gpp.srvcc-info+xml", kXml},
    {"application/vnd.3gpp.state-and-event-info+xml", kXml}, {"application/vnd.3gpp.ussd+xml", kXml}, {"application/vnd.3gpp2.bcmcsinfo+xml", kXml},
    {"application/vnd.3gpp2.sms", kForeign}, {"application/vnd.apache.thrift.binary", kForeign}, {"application/vnd.etsi.aoc+xml", kXml},
    {"application/vnd.etsi.cug+xml", kXml}, {"application/vnd.etsi.iptvcommand+xml", kXml}, {"application/vnd.etsi.iptvdiscovery+xml", kXml},
    {"application/vnd.etsi.iptvprofile+xml", kXml}, {"application/vnd.etsi.iptvsad-bc+xml", kXml}, {"application/vnd.etsi.iptvsad-cod+xml", kXml},
    {"application/vnd.etsi.iptvsad-npvr+xml", kXml}, {"application/vnd.etsi.iptvservice+xml", kXml}, {"application/vnd.etsi.iptvsync+xml", kXml},
    {"application/vnd.etsi.iptvueprofile+xml", kXml}, {"application/vnd.etsi.mcid+xml", kXml},
    {"application/vnd.etsi.overload-control-policy-dataset+xml", kXml}, {"application/vnd.etsi.pstn+xml", kXml}, {"application/vnd.etsi.sci+xml", kXml},
    {"application/vnd.etsi.simservs+xml", kXml}, {"application/vnd.etsi.tsl+xml", kXml}, {"application/vnd.ms-sync", kForeign},
    {"application/vnd.ms-sync.wbxml", kForeign}, {"application/vnd.oma.bcast.associated-procedure-parameter+xml", kXml},
    {"application/vnd.oma.bcast.drm-trigger+xml", kXml}, {"application/vnd.oma.bcast.imd+xml", kXml}, {"application/vnd.oma.bcast.notification+xml", kXml},
    {"application/vnd.oma.bcast.sgdd+xml", kXml}, {"application/vnd.oma.bcast.smartcard-trigger+xml", kXml}, {"application/vnd.oma.bcast.sprov+xml", kXml},
    {"application/vnd.oma.cab-address-book+xml", kXml}, {"application/vnd.oma.cab-feature-handler+xml", kXml}, {"application/vnd.oma.cab-pcc+xml", kXml},
    {"application/vnd.oma.cab-subs-invite+xml", kXml}, {"application/vnd.oma.cab-user-prefs+xml", kXml}, {"application/vnd.oma.dd2+xml", kXml},
    {"application/vnd.oma.drm.rights+wbxml", kForeign}, {"application/vnd.oma.drm.risd+xml", kXml}, {"application/vnd.oma.group-usage-list+xml", kXml},
    {"application/vnd.oma.lwm2m+json", kJson}, {"application/vnd.oma.lwm2m+tlv", kForeign}, {"application/vnd.oma.pal+xml", kXml},
    {"application/vnd.oma.poc.detailed-progress-report+xml", kXml}, {"application/vnd.oma.poc.final-report+xml", kXml},
    {"application/vnd.oma.poc.groups+xml", kXml}, {"application/vnd.oma.poc.invocation-descriptor+xml", kXml},
    {"application/vnd.oma.poc.optimized-progress-report+xml", kXml}, {"application/vnd.oma.scidm.messages+xml", kXml},
    {"application/vnd.oma.xcap-directory+xml", kXml}, {"application/vnd.oma.xdm-apd+xml", kXml}, {"application/vnd.omads-email+xml", kXml},
    {"application/vnd.omads-file+xml", kXml}, {"application/vnd.omads-folder+xml", kXml}, {"application/vnd.omaloc-supl-init", kForeign},
    {"application/vnd.syncml+wbxml", kForeign}, {"application/vnd.syncml.dm+wbxml", kForeign}, {"application/vnd.uplanet.alert-wbxml", kForeign},
    {"application/vnd.uplanet.bearer-choice-wbxml", kForeign}, {"application/vnd.uplanet.cacheop-wbxml", kForeign},
    {"application/vnd.uplanet.channel-wbxml", kForeign}, {"application/vnd.uplanet.list-wbxml", kForeign}, {"application/vnd.uplanet.listcmd-wbxml", kForeign},
    {"application/vnd.wap.coc", kForeign}, {"application/vnd.wap.connectivity-wbxml", kForeign}, {"application/vnd.wap.locc+wbxml", kForeign},
    {"application/vnd.wap.mms-message", kForeign}, {"application/vnd.wap.sia", kForeign}, {"application/vnd.wap.sic", kForeign},
    {"application/vnd.wap.slc", kForeign}, {"application/vnd.wap.wbxml", kForeign}, {"application/vnd.wap.wmlc", kForeign},
    {"application/vnd.wv.csp+xml", kXml}, {"application/vnd.wv.csp.wbxml", kForeign}, {"application/vnd.wv.csp.xml", kXml},
    {"application/watcherinfo+xml", kXml}, {"application/x-amf", kForeign}, {"application/x-crd+xml", kXml}, {"application/x-fcs", kForeign},
    {"application/x-javascript", kTextLines}, {"application/x-ndjson", kJson}, {"application/x-ns-proxy-autoconfig", kTextLines},
    {"application/x-pkixcmp", kForeign}, {"application/x-rtsp-udp-packetpair", kTextLines}, {"application/x-thrift", kForeign},
    {"application/x-wms-logconnectstats", kXml}, {"application/x-www-form-urlencoded", kUrlencodedForm}, {"application/xcap-att+xml", kXml},
    {"application/xcap-caps+xml", kXml}, {"application/xcap-diff+xml", kXml}, {"application/xcap-el+xml", kXml}, {"application/xcap-error+xml", kXml},
    {"application/xcap-ns+xml", kXml}, {"application/xml", kXml}, {"application/xml-dtd", kXml}, {"application/xml-external-parsed-entity", kTextLines},
    {"application/xslt+xml", kXml}, {"image/gif", kImageGif}, {"image/jpeg", kImageJfif}, {"image/jpg", kImageJfif}, {"image/png", kPng},
    {"image/svg+xml", kXml}, {"message/http", kForeign}, {"message/imdn+xml", kXml}, {"message/rfc822", kForeign}, {"message/sipfrag", kForeign},
    {"text/css", kTextLines}, {"text/enriched", kTextLines}, {"text/html", kTextLines}, {"text/javascript", kTextLines}, {"text/parameters", kTextLines},
    {"text/plain", kTextLines}, {"text/richtext", kTextLines}, {"text/vnd.sun.j2me.app-descriptor", kTextLines}, {"text/vnd.wap.co", kXml},
    {"text/vnd.wap.emn", kXml}, {"text/vnd.wap.si", kXml}, {"text/vnd.wap.sl", kXml}, {"text/vnd.wap.wml", kXml}, {"text/xml", kXml},
    {"text/xml-external-parsed-entity", kTextLines}, {"video/mp2t", kForeign},
};

// Null: nothing is registered for it. `multipart/` anything is asked for elsewhere.
inline const TypeName* find_type(std::string_view type) {
  const auto* it = std::lower_bound(std::begin(kTypes), std::end(kTypes), type, [](const TypeName& t, std::string_view s) { return t.type < s; });
  return it != std::end(kTypes) && it->type == type ? it : nullptr;
}

}  // namespace wiretail::dissect::media
