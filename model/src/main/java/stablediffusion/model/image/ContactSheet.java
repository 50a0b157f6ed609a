package stablediffusion.model.image;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;

/** Puts many pictures on one, row by row, with a thin black line between them. */
public final class ContactSheet {
    private static final int GAP = 2;

    private ContactSheet() {}

    /** Returns a number of columns that is that of the rows, or one more. */
    public static int squareColumns(int pictures) {
        return (int) Math.ceil(Math.sqrt(pictures));
    }

    /**
     * Puts pictures on one.
     *
     * @param pictures at least one, all of the first one's size
     */
    public static Picture of(List<Picture> pictures, int columns) {
        int width = pictures.getFirst().width();
        int height = pictures.getFirst().height();
        int rows = Math.ceilDiv(pictures.size(), columns);
        BufferedImage sheet = new BufferedImage(
                columns * (width + GAP) - GAP, rows * (height + GAP) - GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        for (int i = 0; i < pictures.size(); i++) {
            graphics.drawImage(pictures.get(i).toImage(), i % columns * (width + GAP), i / columns * (height + GAP), null);
        }
        graphics.dispose();
        return Picture.fromImage(sheet);
    }
}
