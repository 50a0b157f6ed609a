package stablediffusion.library;

/**
 * Names the settings in an image's metadata that the AUTOMATIC1111 web UI does not have. Without them the image could not be made again from
 * its metadata.
 */
public final class SettingNames {
    public static final String INITIAL_IMAGE = "Init image";
    public static final String MASK = "Mask image";
    public static final String PROMPT_STYLE = "Prompt style";
    /** A value of {@link #PROMPT_STYLE}; the other is the default, which is not written. */
    public static final String LITERAL = "literal";

    private SettingNames() {}
}
