"""Makes the AnnData files of this folder. All values are invented.

Run once with each of two environments, as the encodings differ:

    pip install 'anndata==0.12.19' && python make.py
    pip install 'anndata==0.7.8' 'pandas<1.6' 'numpy<1.24' 'h5py<3.10' && python make.py
    pip install 'anndata==0.6.22.post1' 'pandas<1.6' 'numpy<1.24' 'h5py<3.10' && python make.py
"""

import anndata
import h5py
import numpy as np
import pandas as pd

VERSION = anndata.__version__


def cells(columns=("phenotype", "imageid", "area", "is_CD3", "count")):
    obs = pd.DataFrame(index=pd.Index(["c1", "c2", "c3", "c4"], name="CellID"))
    obs["phenotype"] = pd.Categorical(["CD8+ T", "Tumour µ", None, "CD8+ T"])
    obs["imageid"] = pd.Categorical([7, 7, 9, 9])
    obs["area"] = np.array([0.1, 2, np.nan, 1e-3], dtype="f4")
    obs["is_CD3"] = [True, False, False, True]
    obs["count"] = np.array([-1, 0, 2**53 + 1, 5])
    data = anndata.AnnData(obs=obs[list(columns)])
    data.obsm["spatial"] = np.array([[0.5, 10], [1.5, 20], [2.5, np.nan], [3.5, 40]])
    return data


if VERSION.startswith("0.12"):
    cells().write_h5ad("anndata_0.12.h5ad")
    # A compressed array takes 3 kB, however short it is.
    for compression in ["gzip", "lzf"]:
        cells(["phenotype"]).write_h5ad(f"anndata_0.12_{compression}.h5ad", compression=compression)

    data = cells()
    data.obs = data.obs[[]].copy()
    data.obs["n"] = pd.array([1, None, 3, None], dtype="Int64")
    data.obs["is_CD8"] = pd.array([True, None, False, None], dtype="boolean")
    data.obs["spatial_x"] = [1, 2, 3, 4]
    data.obs["CD4/CD8"] = [0, 0, 1, 1]
    data.write_h5ad("columns.h5ad")

    # What anndata does not write: chunks of part of a column, shuffled; a code without a category; a column cut short.
    data.obs = data.obs[[]].copy()
    data.obs["phenotype"] = pd.Categorical(["a", "b", "a", "b"])
    data.obs["short"] = [1, 2, 3, 4]
    data.write_h5ad("edited.h5ad")
    with h5py.File("edited.h5ad", "a") as file:
        spatial = file["obsm/spatial"][:]
        del file["obsm/spatial"], file["obs/short"]
        file["obsm"].create_dataset("spatial", data=spatial, chunks=(3, 1), compression="gzip", shuffle=True)
        file["obs/short"] = [1, 2, 3]
        file["obs/phenotype/codes"][2] = 2

    anndata.AnnData(obs=pd.DataFrame({"phenotype": pd.Categorical([])}, index=pd.Index([], dtype=str))).write_h5ad("no_cells.h5ad")
    with h5py.File("no_anndata.h5", "w") as file:
        file.create_group("matrix")
elif VERSION.startswith("0.7"):
    cells().write_h5ad("anndata_0.7.h5ad")
    cells(["phenotype", "is_CD3"]).write_h5ad("anndata_0.7_gzip.h5ad", compression="gzip")
else:
    cells().write("anndata_0.6.h5ad")
