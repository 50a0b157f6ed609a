package uk.ac.manchester.tornado.api.enums;

/** Names the sizes of the matrices that a warp multiplies: rows and columns of the result, and the inner dimension. */
public enum MMAShape {
    /** Of half-precision numbers. */
    M16N8K16("m16n8k16"),
    /** Of numbers of 8 bits. */
    M16N8K32("m16n8k32");

    private final String ptxName;

    MMAShape(String ptxName) {
        this.ptxName = ptxName;
    }

    public String getPtxName() {
        return ptxName;
    }
}
