package stablediffusion.library;

/**
 * Names settings in an image's metadata without which the image could not be made again from it. The AUTOMATIC1111 web UI has no initial image,
 * mask and prompt style in it.
 */
public final class SettingNames {
    public static final String INITIAL_IMAGE = "Init image";
    public static final String MASK = "Mask image";
    public static final String PROMPT_STYLE = "Prompt style";
    /** A value of {@link #PROMPT_STYLE}; the other is the default, which is not written. */
    public static final String LITERAL = "literal";

    public static final String MASK_FILL = "Masked content";
    public static final String INPAINT_AREA = "Inpaint area";
    /** A value of {@link #INPAINT_AREA}; the other is the default, which is not written. */
    public static final String ONLY_MASKED = "Only masked";
    public static final String MASK_PADDING = "Masked area padding";

    private SettingNames() {}
}
