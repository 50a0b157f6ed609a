package stablediffusion.server.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Says who may ask.
 *
 * @param key that every request must bring; empty: none
 * @param hosts names that the server answers to besides {@code localhost} and addresses, in lower case
 * @param origins web sites whose pages may ask, as in the header {@code Origin}; a page of this server always may
 */
public record AccessRules(Optional<String> key, Set<String> hosts, Set<String> origins) {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.]+]");
    private static final String BEARER = "bearer ";
    private static final String BASIC = "basic ";

    public AccessRules {
        hosts = Set.copyOf(hosts);
        origins = Set.copyOf(origins);
    }

    /** Allows this machine's own pages and programs, without a key. */
    public static final AccessRules LOCAL = new AccessRules(Optional.empty(), Set.of(), Set.of());

    /**
     * Returns whether a host is this server. A name that is not known may be a foreign one that was made to lead here (DNS rebinding), so that a
     * foreign page counts as ours; an address cannot be.
     *
     * @param host value of the header {@code Host}
     */
    public boolean isOurHost(String host) {
        String name = host.toLowerCase(Locale.ROOT).replaceFirst(":\\d{1,5}$", "");
        return name.equals("localhost") || name.endsWith(".localhost") || IPV4.matcher(name).matches() || IPV6.matcher(name).matches()
                || hosts.contains(name);
    }

    /**
     * Returns whether pages of a web site may ask.
     *
     * @param origin value of the header {@code Origin}
     * @param host value of the header {@code Host}
     */
    public boolean isAllowedOrigin(String origin, String host) {
        return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host) || origins.contains(origin);
    }

    /**
     * Returns whether a request brings the key, if one is needed. Takes the same time for every wrong key.
     *
     * @param authorization value of the header {@code Authorization}: {@code Bearer KEY}, or {@code Basic} with any name and the key as password
     */
    public boolean isAuthorized(Optional<String> authorization) {
        if (key.isEmpty()) {
            return true;
        }
        byte[] given = digest(authorization.map(AccessRules::givenKey).orElse(""));
        return MessageDigest.isEqual(given, digest(key.get()));
    }

    private static String givenKey(String authorization) {
        String scheme = authorization.toLowerCase(Locale.ROOT);
        if (scheme.startsWith(BEARER)) {
            return authorization.substring(BEARER.length()).strip();
        }
        if (scheme.startsWith(BASIC)) {
            try {
                byte[] pair = Base64.getDecoder().decode(authorization.substring(BASIC.length()).strip());
                String text = new String(pair, StandardCharsets.UTF_8);
                return text.substring(text.indexOf(':') + 1);
            } catch (IllegalArgumentException notBase64) {
                return "";
            }
        }
        return "";
    }

    /** Brings keys of any length to one, so that their comparison tells nothing. */
    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
